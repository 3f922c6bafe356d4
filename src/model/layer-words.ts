import { fieldNamed, leafName } from '../kubernetes/field-path.ts';
import { urlPath } from '../untrusted/markdown.ts';
import type { Blame, FieldLayer, LayerKind } from './layers.ts';

const KINDS: Readonly<Record<LayerKind, string>> = {
  manifest: 'manifest',
  resource: 'resource',
  'strategic-merge-patch': 'patch',
  'json-patch': 'JSON patch',
  images: 'images entry',
  replicas: 'replicas entry',
  labels: 'labels entry',
  annotations: 'annotations entry',
  namespace: 'namespace entry',
  name: 'prefix or suffix',
  replacement: 'replacement',
  generator: 'generator',
  transformer: 'transformer',
  'values-file': 'values file',
  'inline-values': 'inline values',
  parameter: 'parameter',
  'chart-default': 'chart default',
  template: 'chart template',
  substitution: 'variable',
  'application-set': 'ApplicationSet',
  file: 'file',
};

/** `JSON patch, overlay` */
export function kindText({ kind, origin }: Pick<FieldLayer, 'kind' | 'origin'>): string {
  return origin === null ? KINDS[kind] : `${KINDS[kind]}, ${origin}`;
}

/** The line at the newest commit on the repository's web pages; null where it has none, or the line is not committed. */
export function layerAddress({ remote, head }: Blame, { site, line }: FieldLayer): string | null {
  if (remote === null || head === null || line === null) return null;
  return `${remote.url}/blob/${urlPath(head)}/${urlPath(site.file)}#L${line}`;
}

/** The name by which values are masked: those of a Secret always are. */
export function nameForMasking({ object, field }: Pick<Blame, 'object' | 'field'>): string {
  const isSecret = object.kind === 'Secret' && /^(data|stringData)\b/.test(field);
  return isSecret ? 'password' : leafName(fieldNamed(field));
}
