/** The fields of a kustomization: which of them name files, and which there are at all. */
export const OBJECT_LISTS = ['resources', 'bases', 'components'];
export const PLUGIN_LISTS = ['generators', 'transformers', 'validators'];
export const PATCH_LISTS = ['patches', 'patchesJson6902'];
export const GENERATOR_LISTS = ['configMapGenerator', 'secretGenerator'];
export const CHART_FIELDS = ['helmCharts', 'helmGlobals', 'helmChartInflationGenerator'];

/** Keys that name files, or hold items that do. */
const NAMING_FILES = [
  ...OBJECT_LISTS,
  ...PLUGIN_LISTS,
  ...PATCH_LISTS,
  ...GENERATOR_LISTS,
  ...CHART_FIELDS,
  'patchesStrategicMerge',
  'crds',
  'replacements',
  'configurations',
  'openapi',
  'path',
  'paths',
  'files',
  'envs',
  'env',
];

/** What a kustomization of Kustomize 5 may say beside what names files. With another field it is not understood. */
const OTHER_FIELDS = new Set(
  [
    'apiVersion',
    'kind',
    'metadata',
    'namePrefix',
    'nameSuffix',
    'namespace',
    'commonLabels',
    'labels',
    'commonAnnotations',
    'images',
    'imageTags',
    'replicas',
    'vars',
    'sortOptions',
    'generatorOptions',
    'buildMetadata',
  ].map(fold),
);

/** False for a field that Kustomize 5 does not have: a later version may read a file by it. */
export function isKnownField(key: string): boolean {
  return NAMING_FILES.includes(key) || OTHER_FIELDS.has(fold(key));
}

/** True for a key that only Go, which compares in any case, reads as one that names files. */
export function isDisguised(key: string): boolean {
  const folded = fold(key);
  return !NAMING_FILES.includes(key) && NAMING_FILES.some((name) => fold(name) === folded);
}

/** As encoding/json compares names: also the long s and the Kelvin sign are letters to it. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
