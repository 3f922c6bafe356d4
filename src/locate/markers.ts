import { parseImage } from '../kubernetes/images.ts';
import type { SourceScalar } from './source-scalars.ts';

/**
 * Markers: values that no manifest holds, one for each scalar, of the scalar's own type, so that the renderer treats them
 * as it treats the original. A field that contains a marker after rendering is controlled by that scalar.
 *
 *     newTag: 2.15.1          becomes   newTag: "zq0007q"
 *     image: shop/cart:2.14   becomes   image: "shop/cart:zq0008q"    (images are matched by name: the name stays)
 *     memory: 512Mi           becomes   memory: "100000009Mi"
 *     replicas: 3             becomes   replicas: 100000010
 */
const BASE = 100_000_000;
/** Exactly four signs: a marker may stand before another one, or before a word with a `q`. */
const TOKEN = /zq([0-9a-z]{4})q/g;

/** With its unit apart. */
const AMOUNT = /^(\d+(?:\.\d+)?)(m|k|[KMGTPE]i?)?$/;

/** Of an image, with the digest behind it. */
const TAG = /:[^:/@]+(@.*)?$/;

function token(index: number): string {
  return `zq${index.toString(36).padStart(4, '0')}q`;
}

/** The text that takes the scalar's place in its file, or null when it cannot be marked. */
export function markerText(scalar: SourceScalar, index: number): string | null {
  const { role, value, source } = scalar;
  const mark = token(index);
  switch (role) {
    case 'content':
      return `${source}${source === '' || source.endsWith('\n') ? '' : '\n'}# ${mark}`;
    case 'env-line':
    case 'image-newTag':
      return role === 'env-line' ? mark : JSON.stringify(mark);
    case 'image-newName':
      return JSON.stringify(`${String(value)}${mark}`);
    case 'image-digest':
      return JSON.stringify(`sha256:${mark}`);
    case 'image-entry': {
      // The tag, else the new name; what stands before `=` says which image is meant.
      const text = String(value);
      const tag = TAG.exec(text);
      return JSON.stringify(tag ? `${text.slice(0, tag.index + 1)}${mark}` : `${text}${mark}`);
    }
    case 'replica-count':
      return String(BASE + index);
    case 'literal': {
      const equals = String(value).indexOf('=');
      return equals < 0 ? null : JSON.stringify(`${String(value).slice(0, equals + 1)}${mark}`);
    }
    case 'parameter':
      return parameterMarker(scalar, index, mark);
    case 'object':
      return objectMarker(scalar, index, mark);
  }
}

function objectMarker(scalar: SourceScalar, index: number, mark: string): string | null {
  const { value, path, source, style } = scalar;
  if (typeof value === 'boolean' || value === null) return null;
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return null;
    // The value of an environment variable must be a string; an integer there is an error that somebody will fix.
    return path.at(-1) === 'value' && path.includes('env') ? JSON.stringify(mark) : String(BASE + index);
  }
  if (style === 'literal' || style === 'folded') {
    const body = source.replace(/\s+$/, '');
    const indent = /\n([ \t]*)\S[^\n]*$/.exec(body)?.[1] ?? '  ';
    return `${body}\n${indent}# ${mark}${source.slice(body.length)}`;
  }
  const image = /image/i.test(String(path.at(-1))) ? parseImage(value) : null;
  if (image) return JSON.stringify(`${image.name}:${mark}`);
  const quantity = AMOUNT.exec(value);
  if (quantity) return JSON.stringify(`${BASE + index}${quantity[2] ?? ''}`);
  return JSON.stringify(`${mark}${value}`);
}

/** As a text: a template prints large numbers with an exponent. */
function parameterMarker({ value, style }: SourceScalar, index: number, mark: string): string | null {
  if (typeof value === 'boolean' || value === null || style === 'literal' || style === 'folded') return null;
  const amount = /^\d+(m|k|[KMGTPE]i?)?$/.exec(String(value));
  return JSON.stringify(amount ? `${BASE + index}${amount[1] ?? ''}` : `${mark}${value}`);
}

/**
 * A rendered image with the marker of this scalar taken back, which is then what renders without it; null for a scalar that makes no
 * image. Entries of `images` choose by name: a marker can keep one from seeing its image, and what then shows is another's value.
 */
export function withoutMarker(scalar: SourceScalar, index: number, text: string): string | null {
  const { role, value, source, path, style } = scalar;
  const mark = token(index);
  const own = typeof value === 'number' ? source : String(value);
  switch (role) {
    case 'image-newTag':
      return text.replaceAll(mark, own);
    case 'image-newName':
      return text.replaceAll(mark, '');
    case 'image-digest':
      return text.replaceAll(`sha256:${mark}`, own);
    case 'image-entry':
      return text.replaceAll(mark, TAG.exec(own)?.[0].slice(1) ?? '');
    case 'object': {
      if (style === 'literal' || style === 'folded') return null;
      const image = /image/i.test(String(path.at(-1))) ? parseImage(own) : null;
      // A tag such as 1.10 is marked as an amount.
      return image
        ? text.replaceAll(`:${mark}`, own.slice(image.name.length))
        : text.replaceAll(mark, '').replaceAll(String(BASE + index), AMOUNT.exec(own)?.[1] ?? own);
    }
    default:
      return null;
  }
}

/** The indices of all markers in a rendered value. */
export function markersIn(value: unknown): readonly number[] {
  if (typeof value === 'string') {
    const found = [...value.matchAll(TOKEN)].map((match) => Number.parseInt(match[1]!, 36));
    // A number within a longer text: a variable in the middle of it.
    const rest = value.replaceAll(TOKEN, ' ');
    const numbers = [...rest.matchAll(/(?<![0-9A-Za-z])(1\d{8})(?=[a-zA-Z]*(?![0-9A-Za-z]))/g)];
    return [...found, ...numbers.map(([, number]) => Number(number) - BASE)];
  }
  return typeof value === 'number' && Number.isInteger(value) && value >= BASE && value < 2 * BASE
    ? [value - BASE]
    : [];
}
