import { leafName, type FieldName, type FieldPath } from '../kubernetes/field-path.ts';
import { parseImage } from '../kubernetes/images.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Change } from './change.ts';
import { maskValue } from '../untrusted/mask.ts';
import { ownText, prose, untrusted, type Prose, type Untrusted } from '../untrusted/prose.ts';

/** How people would say what a change does. */
export interface Wording {
  /** `raise`, `restore`, `mount`: what the title says is done. */
  readonly verb: string;
  /** `memory limit`, `image tag`, `ConfigMap` */
  readonly what: Prose;
  /** The values, as short as they can be without loss; null where there is none. */
  readonly from: Untrusted | null;
  readonly to: Untrusted | null;
  /** The container that the field belongs to. */
  readonly container: string | null;
}

/** Words for a change of a field that people have a name for; else its last key. */
export function wordingOf({ field, before, after }: Pick<Change, 'field' | 'before' | 'after'>): Wording {
  const { path } = field;
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.value : String(segment)));
  const [parent = '', last = ''] = keys.slice(-2);
  const structure = path.filter((segment) => typeof segment === 'string');
  const container = containerOf(path);
  const from = before === null ? null : shownValue(field, before);
  const to = after === null ? null : shownValue(field, after);
  const plain = (verb: string, what: Prose): Wording => ({
    verb: after === null ? 'remove' : verb,
    what,
    from,
    to,
    container,
  });

  if (last === 'image') return imageWording(before, after, container) ?? plain('restore', ownText('image'));
  if ((parent === 'limits' || parent === 'requests') && structure.includes('resources')) {
    return plain(direction(before, after), prose`${resourceName(last)} ${ownText(parent.slice(0, -1))}`);
  }
  if (/^(?:(?:max|min)R|r)eplicas$/.test(last)) return plain(direction(before, after), ownText(last));
  const reference = referenceOf(structure);
  if (reference !== null) return plain(reference.verb, ownText(reference.what));
  if (structure.includes('env') && last === 'value') return plain('restore', prose`variable ${parent}`);
  if (parent === 'args' && /^\d+$/.test(last)) return plain('use', argument(before, after));
  if (parent === 'command' && /^\d+$/.test(last)) return plain('use', ownText('command'));
  if (/^(?:data|stringData|binaryData)$/.test(keys[0] ?? '')) return plain('restore', prose`key ${last}`);
  if (structure.includes('imagePullSecrets') && last === 'name')
    return plain('set', /^\d+$/.test(parent) ? ownText('pull secret') : prose`pull secret ${parent}`);
  if (keys[0] === 'spec' && parent === 'selector') return plain('set', prose`selector key ${last}`);
  const ofProbe = probeField(structure, before);
  if (ofProbe !== null) return plain('set', ownText(ofProbe));
  if (last === 'name' && /[a-z]Ref$/.test(parent)) return plain('use', ownText(words(parent.slice(0, -3))));
  if (/[a-z]Name$/.test(last)) return plain('use', ownText(words(last.slice(0, -4))));
  const verb = last === 'sizeLimit' ? direction(before, after) : 'set';
  if (parent === 'nodeSelector') return plain(verb, prose`nodeSelector ${last}`);
  if (parent === 'matchLabels') return plain(verb, prose`selector label ${last}`);
  if (/^(?:kind|name|path|type)$/.test(last) && typeof path.at(-2) === 'string')
    return plain(verb, ownText(withLast(words(parent), last)));
  const name = NAMES[/^\d*$/.test(last) ? parent : last];
  return plain(verb, name === undefined ? prose`${/^\d*$/.test(last) ? field.text : last}` : ownText(name));
}

/** `host path`, not `host path path`. */
function withLast(parent: string, last: string): string {
  return parent.endsWith(` ${last}`) ? parent : `${parent} ${last}`;
}

/** What people call a field whose last key says less. */
const NAMES: Readonly<Record<string, string>> = {
  accessModes: 'access mode',
  sizeLimit: 'size limit',
};

/** `storage class` of `storageClass` */
function words(key: string): string {
  return key.replace(/[A-Z]/g, (start) => ` ${start.toLowerCase()}`);
}

/** An argument that goes is named by its flag, which holds no value. */
function argument(before: Scalar, after: Scalar): Prose {
  const flag = after === null ? /^--?[a-zA-Z][\w.-]*/.exec(String(before)) : null;
  return flag === null ? ownText('argument') : prose`argument ${flag[0]}`;
}

/** A value as it may be shown: what a name such as `DB_PASSWORD` gives away is masked. */
export function shownValue(field: FieldName, value: Scalar): Untrusted {
  return untrusted(maskValue(leafName(field), String(value)));
}

/** The container that a field belongs to; null where it belongs to none. */
export function containerOf(path: FieldPath): string | null {
  const list = path.findIndex((segment) => segment === 'containers' || segment === 'initContainers');
  const item = list < 0 ? undefined : path[list + 1];
  return typeof item === 'object' ? item.value : null;
}

function imageWording(before: Scalar, after: Scalar, container: string | null): Wording | null {
  const [from, to] = [parseImage(String(before ?? '')), parseImage(String(after ?? ''))];
  if (from === null || to === null) return null;
  const sameName = from.name === to.name;
  if (sameName && from.tag !== null && to.tag !== null && from.tag !== to.tag) {
    // The same version written otherwise (`v2.14.3`) was never there to be restored.
    const verb = spelling(from.tag) === spelling(to.tag) ? 'use' : 'restore';
    return { verb, what: ownText('image tag'), from: untrusted(from.tag), to: untrusted(to.tag), container };
  }
  if (sameName && from.digest !== null && to.digest !== null) {
    return {
      verb: 'restore',
      what: ownText('image digest'),
      from: untrusted(from.digest),
      to: untrusted(to.digest),
      container,
    };
  }
  return {
    verb: 'restore',
    what: ownText('image'),
    from: untrusted(String(before)),
    to: untrusted(String(after)),
    container,
  };
}

function spelling(tag: string): string {
  return tag
    .toLowerCase()
    .replace(/^v(?=\d)/, '')
    .replace(/[-_.+]/g, '');
}

function direction(before: Scalar, after: Scalar): string {
  const [from, to] = [parseQuantity(before), parseQuantity(after)];
  if (from === null || to === null || from === to) return 'set';
  return to > from ? 'raise' : 'lower';
}

function resourceName(resource: string): Prose {
  if (resource === 'cpu') return ownText('CPU');
  return /^(?:memory|ephemeral-storage)$/.test(resource) ? ownText(resource) : prose`${resource}`;
}

/** `liveness probe port`, `liveness probe grpc port` of one that is added; null for a field of no probe. */
function probeField(keys: readonly string[], before: Scalar): string | null {
  const at = keys.findIndex((key) => /^(?:liveness|readiness|startup)Probe$/.test(key));
  const own = keys
    .slice(at + 1)
    .filter((key) => before === null || !/^(?:httpGet|tcpSocket|grpc)$/.test(key));
  return at < 0 ? null : [keys[at]!.replace('Probe', ' probe'), ...own].join(' ');
}

/** References to ConfigMaps and Secrets, of volumes and of variables. */
function referenceOf(keys: readonly string[]): { readonly verb: string; readonly what: string } | null {
  const kind = keys.some((key) => key.startsWith('configMap'))
    ? 'ConfigMap'
    : keys.some((key) => key.startsWith('secret') && key !== 'secretStoreRef')
      ? 'Secret'
      : null;
  const last = keys.at(-1);
  if (last === 'subPath') return { verb: 'mount', what: 'sub-path' };
  if (kind === null) return null;
  const inVolume = keys.includes('volumes');
  if (last === 'key') return { verb: 'use', what: `${kind} key` };
  return last === 'name' || last === 'secretName' ? { verb: inVolume ? 'mount' : 'use', what: kind } : null;
}
