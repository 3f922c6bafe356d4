/**
 * `kustomize` of an Argo CD source: what `kustomize edit` is told to write into the folder's kustomization before the build
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/).
 */
import { recordsOf as recordsIn, isRecord, type Json } from '../../kubernetes/objects.ts';
import { kustomizationIn, KustomizationReader } from '../../renderers/kustomization.ts';
import { isFolder, resolvePath } from '../../renderers/tree-paths.ts';
import type { Reading, Source } from './argo-reading.ts';
import { expanded } from './build-variables.ts';
import { isEmpty, recordOf, recordsOf, textOf, textsByName, textsOf } from './fields.ts';
import type { WrittenEntry, WrittenFields } from './plan.ts';

export function kustomizeFields(
  { fields, name }: Source,
  path: string,
  { tree, obstacles, variables }: Reading,
): WrittenFields {
  const at = `${name}.kustomize`;
  const options = recordOf(fields['kustomize'], at, obstacles);
  const file = kustomizationIn(tree, path);
  const own = file === undefined ? {} : new KustomizationReader().read(tree, file).value;
  const filled = (written: string, field: string): string =>
    expanded(written, variables, `${at}.${field}`, obstacles);
  const instead = Object.fromEntries(
    ['namePrefix', 'nameSuffix', 'namespace'].flatMap((field) => {
      const text = textOf(options[field], `${at}.${field}`, obstacles);
      return text === null ? [] : [[field, text]];
    }),
  );
  const images = textsOf(options['images'], `${at}.images`, obstacles).flatMap((written, index) => {
    const image = imageOf(filled(written, `images[${index}]`));
    if (image === null) obstacles.push(`${at}.images[${index}]`);
    return image ?? [];
  });
  const replicas = recordsOf(options['replicas'], `${at}.replicas`, obstacles).flatMap((each, index) => {
    const count = countOf(each['count']);
    if (count !== null && typeof each['name'] === 'string') return { name: each['name'], count };
    obstacles.push(`${at}.replicas[${index}]`);
    return [];
  });
  const labels = labelsOf();
  const isPlain = options['labelWithoutSelector'] !== true;
  const includeTemplates = options['labelIncludeTemplates'] === true;
  if (isPlain && includeTemplates && !isEmpty(labels))
    obstacles.push(`${at}.labelIncludeTemplates without labelWithoutSelector`);
  const apart =
    isPlain || isEmpty(labels) ? [] : [{ pairs: labels, includeSelectors: false, includeTemplates }];
  const patches = recordsOf(options['patches'], `${at}.patches`, obstacles) as readonly Json[];
  return {
    instead,
    after: { patches, labels: apart, components: componentsOf() },
    images: [],
    entries: { images, replicas },
    pairs: { ...(isPlain ? { commonLabels: labels } : {}), commonAnnotations: annotationsOf() },
  };

  function labelsOf(): Readonly<Record<string, string>> {
    const pairs = textsByName(options['commonLabels'], `${at}.commonLabels`, obstacles);
    const others = recordsIn(own['labels']).map((entry) => entry['pairs']);
    const known = options['labelWithoutSelector'] === true ? others : [own['commonLabels']];
    refuseKnown('commonLabels', pairs, known, options['forceCommonLabels']);
    return Object.fromEntries(
      Object.entries(pairs).map(([key, value]) => [key, filled(value, `commonLabels.${key}`)]),
    );
  }

  function annotationsOf(): Readonly<Record<string, string>> {
    const pairs = textsByName(options['commonAnnotations'], `${at}.commonAnnotations`, obstacles);
    refuseKnown('commonAnnotations', pairs, [own['commonAnnotations']], options['forceCommonAnnotations']);
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
    isForced: unknown,
  ): void {
    if (isForced === true) return;
    const again = Object.keys(pairs).find((key) => known.some((each) => isRecord(each) && key in each));
    if (again !== undefined) obstacles.push(`${at}.${field}.${again}, which the kustomization has too`);
  }

  function componentsOf(): readonly string[] {
    const mentioned = Array.isArray(own['components']) ? own['components'] : [];
    return textsOf(options['components'], `${at}.components`, obstacles).filter((component, index) => {
      if (mentioned.includes(component)) return false;
      const folder = resolvePath(path, component);
      if (folder !== null && isFolder(tree, folder)) return true;
      if (folder === null || options['ignoreMissingComponents'] !== true)
        obstacles.push(`${at}.components[${index}], which is no folder of this repository`);
      return false;
    });
  }
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
