import { createHash } from 'node:crypto';
import type { Tree } from '../tree/tree.ts';
import { jsonText } from './as-json.ts';
import type { ChartStep } from './chart-steps.ts';
import type { Closure } from './kustomization.ts';
import { isAliasBomb } from './manifests.ts';
import { disputedBytes, type TextProblem } from './disputed.ts';
import { manifestProblem } from './strict-yaml.ts';

/** What Kustomize finds in its folder, by path; or which file is refused, and why. */
export type Contents =
  | { readonly kind: 'contents'; readonly files: ReadonlyMap<string, Buffer>; readonly key: string }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The files of a closure as Kustomize gets them: what steers it printed anew, what charts rendered to in components of their own, the
 * rest as it is once no parser could read it differently. All files must be loaded.
 */
export function contentsOf(
  tree: Tree,
  closure: Closure,
  printed: ReadonlyMap<ChartStep, readonly string[]>,
  { marksCharts }: { readonly marksCharts: boolean },
): Contents {
  const files = new Map<string, Buffer>();
  const key = createHash('sha256');
  const add = (path: string, content: Buffer, hash: string): void => {
    files.set(path, content);
    key.update(`${JSON.stringify([path, hash])}\n`);
  };
  for (const [path, role] of [...closure.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Kustomize is not to find them.
    if (closure.ofCharts.has(path)) continue;
    const rewritten = closure.rewritten.get(path);
    if (rewritten !== undefined) {
      if (isAliasBomb(rewritten)) return refused(path, BOMB.message);
      add(path, Buffer.from(rewritten), rewritten);
      continue;
    }
    const content = tree.read(path);
    const entry = tree.entry(path);
    if (content === undefined || entry?.kind !== 'file') return refused(path, 'cannot be read');
    const problem = role === 'objects' ? problemIn(content, entry.hash) : null;
    if (problem) return refused(path, problem.message, problem.line);
    add(path, content, entry.hash);
  }
  for (const [path, target] of [...closure.links].sort())
    key.update(`${JSON.stringify([path, '->', target])}\n`);
  for (const [step, texts] of printed)
    for (const [path, text] of componentOf(step, texts, marksCharts)) add(path, Buffer.from(text), text);
  return { kind: 'contents', files, key: key.digest('hex') };
}

/** Values files of charts that are handed to Helm, or merged before. */
export function valuesProblem(content: Buffer): TextProblem | null {
  return disputedBytes(content) ?? (isAliasBomb(content.toString()) ? BOMB : null);
}

const BOMB: TextProblem = { line: null, message: 'its aliases expand to millions of nodes' };

function refused(path: string, message: string, line: number | null = null): Contents {
  return { kind: 'refused', message: `${path}${line === null ? '' : `:${line}`}: ${message}` };
}

/** By content: every root and every edit checks the same manifests. */
const KNOWN = new Map<string, TextProblem | null>();
const MOST_KNOWN = 50_000;

function problemIn(content: Buffer, hash: string): TextProblem | null {
  const known = KNOWN.get(hash);
  if (known !== undefined) return known;
  const problem = isAliasBomb(content.toString()) ? BOMB : manifestProblem(content);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(hash, problem);
  return problem;
}

/** What Kustomize writes on what its own generator had rendered: its namespace transformer leaves it alone. */
const MARK = {
  apiVersion: 'builtin',
  kind: 'AnnotationsTransformer',
  metadata: { name: 'rendered-by-helm' },
  annotations: { 'internal.config.kubernetes.io/helm-generated': 'true' },
  fieldSpecs: [{ path: 'metadata/annotations', create: true }],
};

/** The component, and in it a kustomization of what was rendered. */
function* componentOf(
  { at, generators }: ChartStep,
  texts: readonly string[],
  marksCharts: boolean,
): Iterable<readonly [string, string]> {
  const rendered = texts.map((text, index) => [`${index}.yaml`, text] as const);
  const written = rendered.filter(([, text]) => /^[^#\s-]/m.test(text));
  yield [
    `${at}/kustomization.yaml`,
    jsonText({
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      ...(written.length > 0 ? { resources: ['rendered'] } : { resources: [] }),
      generators: generators.map((generator) => jsonText(generator)),
    }),
  ];
  if (written.length === 0) return;
  yield [
    `${at}/rendered/kustomization.yaml`,
    jsonText({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: written.map(([name]) => name),
      ...(marksCharts ? { transformers: [JSON.stringify(MARK)] } : {}),
    }),
  ];
  for (const [name, text] of written) yield [`${at}/rendered/${name}`, text];
}
