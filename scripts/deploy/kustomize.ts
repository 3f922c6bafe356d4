/**
 * `npm run manifests`: writes the plain manifests of `deploy/kustomize` as the chart renders them, without what belongs to Helm. A test
 * says when it is due.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parseAllDocuments, stringify } from 'yaml';
import { findHelm } from '../../src/renderers/tools.ts';

export const MANIFESTS = 'deploy/kustomize/faultline.yaml';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The image is a name that the kustomization replaces; the settings are a file beside it. */
const VALUES = [
  'image.repository=faultline',
  'image.tag=latest',
  'settings.clusters.placeholder.context=in-cluster',
];

/** Which of them other files have: the settings are generated from a file, so that a change restarts the pods. */
const ELSEWHERE: ReadonlySet<string> = new Set(['ClusterRole faultline', 'ConfigMap faultline-settings']);

/** @param helm the program */
export async function manifests(helm: string): Promise<string> {
  const values = VALUES.flatMap((value) => ['--set', value]);
  const rendered = execFileSync(
    helm,
    ['template', 'faultline', 'deploy/chart', '-n', 'faultline', ...values],
    {
      encoding: 'utf8',
    },
  );
  const own = parseAllDocuments(rendered)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)
    .filter(({ kind, metadata: { name } }) => !ELSEWHERE.has(`${kind} ${name}`));
  const text = own.map((manifest) => stringify(withoutHelm(manifest), { lineWidth: 0 })).join('---\n');
  const options = { ...(await resolveConfig(resolve(MANIFESTS))), filepath: resolve(MANIFESTS) };
  return format(`# Follows from deploy/chart: npm run manifests\n${text}`, options);
}

/** Labels and annotations that only mean something to Helm, or that change with every value. */
function withoutHelm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHelm);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, one]) =>
      !/^helm\.sh\/|^checksum\/|^app\.kubernetes\.io\/version$/.test(key) &&
      !(key === 'app.kubernetes.io/managed-by' && one === 'Helm'),
  );
  const own = kept.map(([key, one]) => [key, withoutHelm(one)] as const);
  return Object.fromEntries(own.filter(([key, one]) => !(key === 'annotations' && isEmpty(one))));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

if (import.meta.main) {
  const helm = await findHelm();
  if (helm === null) throw new Error('helm is missing: npm run tools');
  writeFileSync(resolve(MANIFESTS), await manifests(helm.command));
}
