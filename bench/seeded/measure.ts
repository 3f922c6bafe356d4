import { basename, resolve } from 'node:path';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/repository.ts';
import { guard } from '../../src/guard/guard.ts';
import { plannedObjects } from '../../src/guard/planned.ts';
import type { GuardFinding } from '../../src/model/guard-report.ts';
import { openRenderers } from '../../src/renderers/open-renderers.ts';
import { Revision } from '../../src/sources/revision.ts';
import { filesOf, type Root } from '../../src/sources/roots.ts';
import { isAside } from '../../src/sources/same-root.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { seeded, shuffled } from '../random.ts';
import type { Breakage, Ground, Kind } from './breakage.ts';
import { clusterRunning } from './cluster.ts';
import { podSpecPathOf } from './references.ts';
import { type Json, sourcesIn } from './sources.ts';
import { TrialRepository } from './trial.ts';

export interface SeededOptions {
  readonly seed: number;
  /** Trials of each kind, at most. */
  readonly each: number;
  /** After so many no further trial of a repository is begun. */
  readonly seconds: number;
  /** Roots that are chosen from. */
  readonly roots: number;
  readonly kinds: readonly Kind[];
  readonly onProgress: (line: string) => void;
  /** Keeps the clone with its branches, to replay them by hand. */
  readonly keep: boolean;
}

export interface Trial {
  readonly repository: string;
  readonly kind: string;
  readonly branch: string;
  readonly root: string;
  readonly what: string;
  readonly right: readonly string[];
  /** A finding that names the mistake. */
  readonly found: boolean;
  /** One of them at a line that is at fault. */
  readonly atLine: boolean;
  /** Findings that name something else, or name it at another line as well. */
  readonly beside: readonly string[];
  readonly findings: readonly string[];
  readonly leftOut: readonly string[];
}

/** Candidates of a kind that may turn out to break nothing before the next kind is tried. */
const MOST_TRIES = 12;

interface Chosen extends Ground {
  readonly root: Root;
}

export async function measure(folder: string, options: SeededOptions): Promise<readonly Trial[]> {
  const copy = new TrialRepository(folder);
  try {
    const name = basename(resolve(folder));
    const repository = await openRepository(copy.path);
    const renderers = openRenderers();
    const base = await Revision.of(await repository.treeAt(copy.base), renderers, repository.remote);
    const grounds = await groundsOf(base, options);
    options.onProgress(`${name}: ${grounds.length} roots`);
    const trials: Trial[] = [];
    const end = performance.now() + options.seconds * 1000;
    // In another order with each seed: a run that ends early has tried all sorts.
    for (const kind of shuffled(options.kinds, seeded(options.seed))) {
      const random = seeded(options.seed + hashOf(`${kind.name} ${name}`));
      const candidates = shuffled(
        grounds
          .filter((ground) => !kind.needsCluster || isPlaced(ground))
          .flatMap((ground) => kind.candidates({ ...ground, random }).map((make) => ({ ground, make }))),
        random,
      );
      let done = 0;
      for (const { ground, make } of candidates.slice(0, MOST_TRIES * options.each)) {
        if (done === options.each || performance.now() > end) break;
        const breakage = make();
        if (!breakage) continue;
        const branch = `${slug(kind.name)}-${done + 1}`;
        const trial = await tried(breakage, branch, { copy, repository, renderers, base, ground, kind });
        if (!trial) continue;
        trials.push({ repository: name, ...trial });
        done += 1;
      }
      if (done > 0) {
        const own = trials.slice(-done);
        options.onProgress(
          `${name}: ${kind.name}: ${done} tried, ${own.filter(({ found }) => found).length} found, ${own.filter(({ atLine }) => atLine).length} at the line`,
        );
      }
    }
    return trials;
  } finally {
    if (options.keep) options.onProgress(`kept in ${copy.path}`);
    else copy.remove();
  }
}

/** Where nothing tells a namespace, nobody knows what is in it. */
function isPlaced({ rendered }: Ground): boolean {
  return rendered.every(
    ({ kind, metadata }) => podSpecPathOf({ kind }) === null || metadata.namespace !== undefined,
  );
}

/** Roots of manifests that render without a network, with the documents that they are made from. */
async function groundsOf(base: Revision, { seed, roots: most }: SeededOptions): Promise<readonly Chosen[]> {
  const all = (await base.allRoots()).filter((root) => root.kind !== 'helm' && !isAside(root));
  const chosen: Chosen[] = [];
  const random = seeded(seed);
  for (const root of shuffled(all, random)) {
    if (chosen.length === most) break;
    const rendering = await base.render(root);
    if (rendering.kind === 'failed' || rendering.objects.length === 0) continue;
    const rendered = plannedObjects(rendering.objects, root) as readonly Json[];
    await base.tree.load([...filesOf(root)]);
    const textOf = (file: string): string | null => base.tree.read(file)?.toString() ?? null;
    const own = root.kind === 'plain' ? root.files : [...root.closure.files.keys()];
    const sources = own
      .filter((file) => /\.ya?ml$/.test(file))
      .flatMap((file) => sourcesIn(file, textOf(file) ?? ''));
    chosen.push({
      root,
      rendered,
      textOf,
      random,
      manifests: sources.filter(
        ({ value }) =>
          typeof value?.kind === 'string' &&
          typeof value.metadata?.name === 'string' &&
          value.kind !== 'Kustomization',
      ),
      kustomizations: sources.filter(({ file }) => /(?:^|\/)kustomization\.ya?ml$/.test(file)),
    });
  }
  return chosen;
}

interface Trying {
  readonly copy: TrialRepository;
  readonly repository: Repository;
  readonly renderers: ReturnType<typeof openRenderers>;
  readonly base: Revision;
  readonly ground: Chosen;
  readonly kind: Kind;
}

async function tried(
  breakage: Breakage,
  branch: string,
  { copy, repository, renderers, base, ground, kind }: Trying,
): Promise<Omit<Trial, 'repository'> | null> {
  const commit = copy.commit(branch, breakage.what, breakage.files);
  const head = await Revision.of(await repository.treeAt(commit), renderers, repository.remote);
  const root = (await head.allRoots()).find(({ id }) => id === ground.root.id);
  const rendering = root ? await head.render(root) : null;
  const rendered =
    !rendering || !root || rendering.kind === 'failed' || rendering.problems.length > 0
      ? null
      : (rendering.objects.map(({ object }) => object) as readonly Json[]);
  if (!breakage.shows(rendered)) return null;
  const report = await guard({
    base: { commit: copy.base, revision: base },
    head: { commit, revision: head },
    clusters: kind.finds === null || kind.needsCluster ? [clusterRunning(ground.rendered)] : [],
    memoryFactor: 2,
    where: { repository, config: DEFAULT_CONFIG, renderers },
  });
  const textOf = (file: string): string | null => {
    const text = breakage.files[file];
    return text === undefined ? ground.textOf(file) : text;
  };
  const files = new Set([...ground.manifests.map(({ file }) => file), ...Object.keys(breakage.files)]);
  const manifests = [...files]
    .flatMap((file) => sourcesIn(file, textOf(file) ?? ''))
    .filter(({ value }) => typeof value?.kind === 'string' && typeof value.metadata?.name === 'string');
  const right = breakage
    .right({ manifests })
    .flatMap(({ file, line }) => (line === null ? [] : [`${file}:${line}`]));
  const isNamed = ({ rule, cause }: GuardFinding): boolean => kind.finds?.test(`${rule}/${cause}`) === true;
  const isRight = ({ site }: GuardFinding): boolean =>
    site !== null && right.includes(`${site.file}:${site.line}`);
  return {
    kind: kind.name,
    branch,
    root: ground.root.id,
    what: breakage.what,
    right: [...new Set(right)],
    found: report.findings.some(isNamed),
    atLine: report.findings.some((one) => isNamed(one) && isRight(one)),
    beside: report.findings.filter((one) => !isNamed(one) || !isRight(one)).map(described),
    findings: report.findings.map(described),
    leftOut: report.leftOut.map(plainText),
  };
}

function described({ level, rule, cause, site, because, roots }: GuardFinding): string {
  return `${site ? `${site.file}:${site.line}` : `? (${roots.join(', ')})`} ${level} ${rule}/${cause} ${plainText(because)}`;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function hashOf(text: string): number {
  let hash = 7;
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return hash;
}
