/**
 * `kustomize` of an Argo CD source: what `kustomize edit` is told to write into the folder's kustomization before the build
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/).
 */
import { recordsOf as recordsIn, isRecord, type Json } from '../../kubernetes/objects.ts';
import { kustomizationIn, KustomizationReader } from '../../renderers/kustomization.ts';
import { isFolder, resolvePath } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Reading, Source } from './argo-reading.ts';
import { expanded } from './build-variables.ts';
import { isEmpty, type Obstacles, recordOf, recordsOf, textOf, textsByName, textsOf } from './fields.ts';
import type { WrittenEntry, WrittenFields } from './plan.ts';

export function kustomizeFields(source: Source, path: string, reading: Reading): WrittenFields {
  const given = givenTo(source, path, reading);
  const { options, at, obstacles } = given;
  const instead = insteadOf(given);
  const images = imagesOf(given);
  const replicas = replicasOf(given);
  const labels = labelsOf(given);
  const isPlain = options['labelWithoutSelector'] !== true;
  const includeTemplates = options['labelIncludeTemplates'] === true;
  if (isPlain && includeTemplates && !isEmpty(labels))
    obstacles.push(`${at}.labelIncludeTemplates without labelWithoutSelector`);
  const apart =
    isPlain || isEmpty(labels) ? [] : [{ pairs: labels, includeSelectors: false, includeTemplates }];
  const patches = recordsOf(options['patches'], `${at}.patches`, obstacles) as readonly Json[];
  return {
    instead,
    after: { patches, labels: apart, components: componentsOf(given, path, reading.tree) },
    images: [],
    entries: { images, replicas },
    pairs: { ...(isPlain ? { commonLabels: labels } : {}), commonAnnotations: annotationsOf(given) },
  };
}

/** What the source says, and the kustomization that it is written into. */
interface Given {
  readonly options: Readonly<Record<string, unknown>>;
  readonly own: Readonly<Record<string, unknown>>;
  /** Where the options stand, for people. */
  readonly at: string;
  readonly obstacles: Obstacles;
  /** A text with its build variables replaced. */
  filled(written: string, field: string): string;
}

function givenTo({ fields, name }: Source, path: string, { tree, obstacles, variables }: Reading): Given {
  const at = `${name}.kustomize`;
  const options = recordOf(fields['kustomize'], at, obstacles);
  const file = kustomizationIn(tree, path);
  const own = file === undefined ? {} : new KustomizationReader().read(tree, file).value;
  const filled = (written: string, field: string): string =>
    expanded(written, variables, `${at}.${field}`, obstacles);
  return { options, own, at, obstacles, filled };
}

function insteadOf({ options, at, obstacles }: Given): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['namePrefix', 'nameSuffix', 'namespace'].flatMap((field) => {
      const text = textOf(options[field], `${at}.${field}`, obstacles);
      return text === null ? [] : [[field, text]];
    }),
  );
}

function imagesOf({ options, at, obstacles, filled }: Given): readonly WrittenEntry[] {
  return textsOf(options['images'], `${at}.images`, obstacles).flatMap((written, index) => {
    const image = imageOf(filled(written, `images[${index}]`));
    if (image === null) obstacles.push(`${at}.images[${index}]`);
    return image ?? [];
  });
}

function replicasOf({ options, at, obstacles }: Given): readonly WrittenEntry[] {
  return recordsOf(options['replicas'], `${at}.replicas`, obstacles).flatMap((each, index) => {
    const count = countOf(each['count']);
    if (count !== null && typeof each['name'] === 'string') return { name: each['name'], count };
    obstacles.push(`${at}.replicas[${index}]`);
    return [];
  });
}

function labelsOf(given: Given): Readonly<Record<string, string>> {
  const { options, own, at, obstacles, filled } = given;
  const pairs = textsByName(options['commonLabels'], `${at}.commonLabels`, obstacles);
  const others = recordsIn(own['labels']).map((entry) => entry['pairs']);
  const known = options['labelWithoutSelector'] === true ? others : [own['commonLabels']];
  if (options['forceCommonLabels'] !== true) refuseKnown('commonLabels', pairs, known, given);
  return Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [key, filled(value, `commonLabels.${key}`)]),
  );
}

function annotationsOf(given: Given): Readonly<Record<string, string>> {
  const { options, own, at, obstacles, filled } = given;
  const pairs = textsByName(options['commonAnnotations'], `${at}.commonAnnotations`, obstacles);
  if (options['forceCommonAnnotations'] !== true)
    refuseKnown('commonAnnotations', pairs, [own['commonAnnotations']], given);
  if (options['commonAnnotationsEnvsubst'] !== true) return pairs;
  return Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [key, filled(value, `commonAnnotations.${key}`)]),
  );
}

/** `kustomize edit add` does not replace what there is unless it is forced to. */
function refuseKnown(
  field: string,
  pairs: Readonly<Record<string, string>>,
  known: readonly unknown[],
  { at, obstacles }: Given,
): void {
  const again = Object.keys(pairs).find((key) => known.some((each) => isRecord(each) && key in each));
  if (again !== undefined) obstacles.push(`${at}.${field}.${again}, which the kustomization has too`);
}

function componentsOf({ options, own, at, obstacles }: Given, path: string, tree: Tree): readonly string[] {
  const mentioned = Array.isArray(own['components']) ? own['components'] : [];
  return textsOf(options['components'], `${at}.components`, obstacles).filter((component, index) => {
    if (mentioned.includes(component)) return false;
    const folder = resolvePath(path, component);
    if (folder !== null && isFolder(tree, folder)) return true;
    if (folder === null || options['ignoreMissingComponents'] !== true)
      obstacles.push(`${at}.components[${index}], which is not a folder of this repository`);
    return false;
  });
}

/**
 * `name=newName:newTag@digest`, of which everything but one change can be missing. Null for what `kustomize edit set image`
 * refuses, and for `*`, which keeps a part of the kustomization's own entry.
 */
function imageOf(written: string): WrittenEntry | null {
  const equals = written.indexOf('=');
  const [, name, tag, digest] = /^(.*?)(?::([^:/@]*))?(?:@(.*))?$/s.exec(written.slice(equals + 1))!;
  const key = equals < 0 ? name! : written.slice(0, equals);
  const parts = { newName: equals < 0 ? '' : name!, newTag: tag ?? '', digest: digest ?? '' };
  const changes = Object.entries(parts).filter(([, part]) => part !== '');
  if (key === '' || changes.length === 0 || changes.some(([, part]) => part === '*')) return null;
  return { name: key, ...Object.fromEntries(changes) };
}

/** A number, or one written as a text. */
function countOf(count: unknown): number | null {
  if (typeof count === 'string' && /^\d+$/.test(count)) return Number(count);
  return typeof count === 'number' && Number.isInteger(count) ? count : null;
}
