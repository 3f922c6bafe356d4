import { withoutHidden } from './hidden.ts';
import { mask } from './mask.ts';

declare const masked: unique symbol;

/**
 * Text from outside in which secrets were hidden while all of it was at hand, before lines were chosen or cut. Only this
 * folder makes it, and only the edges call for it: where a type asks for it, raw text does not fit.
 */
export type MaskedText = string & { readonly [masked]: true };

/** An object whose free text (messages of events, states and conditions) is masked. Names, images and fields are as they were. */
export type MaskedObject<T extends object> = T & { readonly [masked]: true };

export function maskedText(raw: string): MaskedText {
  return mask(withoutHidden(raw)) as MaskedText;
}

/** How long a line becomes before a container runtime breaks it, in bytes. Source: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const LONGEST_PART = 16 * 1024;
/** A line of a file below /var/log/containers: `2026-01-31T02:14:07.1Z stdout F said`. */
const PREFIX = /^\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) (?<tag>[PF]) /;

/**
 * The log of a container. Lines that the runtime broke at 16 KiB are put together again first, so that no secret is in two
 * parts.
 *
 * @param startsInside whether the text begins within a line, as a tail of one enormous line does: that line is no more than
 * a part of something, and is hidden.
 */
export function maskedLog(raw: string, startsInside = false): MaskedText {
  const text = startsInside ? `***${raw.slice(firstBreak(raw))}` : raw;
  return maskedText(joinedParts(text));
}

/** The longest log that rules see, in bytes. */
const LONGEST_LOG = 256 * 1024;
/** What is read before that, so that a secret which starts there is whole when it is masked. */
const LEAD = 64 * 1024;

/** How much of the end of a log is to be read for {@link maskedLogTail}, in bytes. */
export const LOG_TAIL = LONGEST_LOG + LEAD;

/**
 * The last 256 KiB of a log, from the start of a line, masked before they are cut.
 *
 * @param tail the log, or the last {@link LOG_TAIL} bytes of it
 * @param isWhole whether nothing precedes it
 */
export function maskedLogTail(tail: Buffer, isWhole: boolean): MaskedText {
  const read = tail.subarray(-LOG_TAIL);
  const isCut = !isWhole || read.length < tail.length;
  const text = maskedLog(read.toString('utf8'), isCut);
  const bytes = Buffer.from(text);
  if (!isCut && bytes.length <= LONGEST_LOG) return text;
  const end = bytes.subarray(-LONGEST_LOG);
  return end.subarray(end.indexOf('\n') + 1).toString('utf8') as MaskedText;
}

function firstBreak(text: string): number {
  const newline = text.indexOf('\n');
  return newline < 0 ? text.length : newline;
}

function joinedParts(text: string): string {
  if (!PREFIX.test(text) && text.length < LONGEST_PART) return text;
  const joined: string[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const prefix = PREFIX.exec(line);
    const said = isOpen && prefix ? line.slice(prefix[0].length) : line;
    if (isOpen) joined[joined.length - 1] += said;
    else joined.push(said);
    isOpen = prefix ? prefix.groups!['tag'] === 'P' : Buffer.byteLength(line) === LONGEST_PART;
  }
  return joined.join('\n');
}

/** Fields that hold free text, whatever kind they are of. */
const FREE_TEXT = new Set([
  'message',
  'note',
  'description',
  'error',
  'lastError',
  'failureMessage',
  'log',
  'output',
  'reason',
]);

/** As deep as a status goes; what is nested deeper is of no kind that Faultline reads. */
const DEEPEST = 40;

/**
 * Masks the messages of an object: those of an event, those anywhere below `status`, and annotations with text in them. The
 * same object where nothing in them is a secret.
 */
export function maskedObject<T extends object>(object: T): MaskedObject<T> {
  const fields = object as Readonly<Record<string, unknown>>;
  const changed: Record<string, unknown> = {};
  for (const field of ['message', 'note', 'reason', 'status']) {
    const value = fields[field];
    if (value === undefined) continue;
    const after = maskedIn(field, value, 0);
    if (after !== value) changed[field] = after;
  }
  const metadata = fields['metadata'] as Readonly<Record<string, unknown>> | null | undefined;
  const annotations = maskedAnnotations(metadata?.['annotations']);
  if (annotations !== metadata?.['annotations']) changed['metadata'] = { ...metadata, annotations };
  return (Object.keys(changed).length === 0 ? object : { ...object, ...changed }) as MaskedObject<T>;
}

/** Repeats the whole object, at a length that nobody reads; no rule does. */
const REPETITION = 'kubectl.kubernetes.io/last-applied-configuration';

function maskedAnnotations(annotations: unknown): unknown {
  if (typeof annotations !== 'object' || annotations === null || Array.isArray(annotations))
    return annotations;
  const { [REPETITION]: repetition, ...rest } = annotations as Record<string, unknown>;
  const masked = maskedIn('', rest, 0);
  if (masked === rest) return annotations;
  return { ...(masked as object), ...(repetition === undefined ? {} : { [REPETITION]: repetition }) };
}

/** Copies only what changes. */
function maskedIn(field: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string') return FREE_TEXT.has(field) || /\s/.test(value) ? maskedText(value) : value;
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => maskedIn(field, item, depth + 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let changed: Record<string, unknown> | null = null;
  for (const [key, item] of Object.entries(value)) {
    const after = maskedIn(key, item, depth + 1);
    if (after !== item) (changed ??= { ...(value as Record<string, unknown>) })[key] = after;
  }
  return changed ?? value;
}
