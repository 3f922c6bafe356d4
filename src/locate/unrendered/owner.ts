import { describeRef, type KubernetesObject } from '../../kubernetes/objects.ts';
import { describeChart } from '../../renderers/chart.ts';
import { isOfItsRelease, ownersOf } from '../../sources/owners.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot, KustomizeRoot, Root } from '../../sources/roots.ts';
import { twinsOf } from '../../sources/twins.ts';
import type { Target } from '../target.ts';
import { declined, type Declined } from '../../model/declined.ts';

/** A root that does not render because a part of it is in no repository that is known here. */
export type PartialRoot = HelmRoot | KustomizeRoot;

export interface Owner {
  readonly kind: 'owner';
  readonly root: PartialRoot;
  /** Other declarations of its release, which are meant too. */
  readonly twins: readonly Root[];
}

/**
 * The root with a part elsewhere that the object is made by, as its labels and annotations say, the mapping, or a person with
 * `--root`; null where none of them says so. Names decide nothing.
 */
export async function ownerOf(revision: Revision, target: Target): Promise<Owner | Declined | null> {
  const { live, roots, areNamed } = target;
  const isInReach = (root: Root): boolean => roots === null || roots.some((one) => isOrDeclares(one, root));
  const said = [
    ...(areNamed === true ? (roots ?? []) : []),
    ...(live === null ? [] : (await ownersOf(revision, live)).filter(isInReach)),
  ].filter((root) => isOfItsRelease(root, live));
  const owners: PartialRoot[] = [];
  for (const root of new Map(said.map((one) => [one.id, one])).values())
    if (isPartial(root) && (await isElsewhere(revision, root))) owners.push(root);
  const [only, ...others] = ofItsChart(owners, live);
  if (!only) return null;
  const twins = live === null ? await twinsOf(revision, only) : [];
  if (others.every((other) => twins.some(({ id }) => id === other.id)))
    return { kind: 'owner', root: only, twins };
  const both = [only, ...others];
  const names = both.map(declaredIn);
  // One object may install several charts.
  const all =
    new Set(names).size === both.length
      ? names
      : both.map((root, index) => `${names[index]} (${takenFromElsewhere(root)})`);
  return declined(
    'several-sources',
    `${nameOf(target)} may be made by ${all.join(' or by ')}, and nothing tells which one this is`,
    all,
  );
}

/** Which object installs a release, and what renders that object: `Flux HelmRelease shop/cart in clusters/eu`. */
export function declaredIn({ id, declared }: PartialRoot): string {
  if (declared === null) return id;
  const { parent, plan } = declared;
  return parent === null || parent.id === '.' ? plan.by : `${plan.by} in ${parent.id}`;
}

/** What a root takes from elsewhere, for people: `chart redis 18.x from https://charts.example`. */
export function takenFromElsewhere({ kind, closure }: PartialRoot): string {
  return kind === 'helm' ? closure.remote.map(describeChart).join(' and ') : closure.remote.join(' and ');
}

/** `Deployment shop/cart` */
export function nameOf({ wanted, live }: Pick<Target, 'wanted' | 'live'>): string {
  const namespace = wanted.namespace ?? live?.metadata.namespace ?? null;
  return describeRef({ kind: wanted.kind, namespace, name: wanted.name ?? '' });
}

export function isPartial(root: Root): root is PartialRoot {
  return root.kind !== 'plain' && root.closure.remote.length > 0;
}

export async function isElsewhere(revision: Revision, root: PartialRoot): Promise<boolean> {
  const rendering = await revision.render(root);
  return rendering.kind === 'failed' && rendering.code === 'remote';
}

function isOrDeclares(outer: Root, root: Root): boolean {
  if (outer.id === root.id) return true;
  const parent = root.declared?.parent ?? null;
  return parent !== null && isOrDeclares(outer, parent);
}

/** Of several charts that one object installs, those that the label of Helm's charts names; all where it names none of them. */
function ofItsChart(owners: readonly PartialRoot[], live: KubernetesObject | null): readonly PartialRoot[] {
  const chart = chartOf(live);
  const named = owners.filter(
    ({ kind, closure }) => kind === 'helm' && closure.remote.some(({ name }) => name === chart),
  );
  return named.length > 0 ? named : owners;
}

/**
 * The chart that made an object, as its label says: `helm.sh/chart: redis-18.1.0`, or `chart` as old charts write it
 * (https://helm.sh/docs/chart_best_practices/labels/).
 */
export function chartOf(live: KubernetesObject | null): string | null {
  const label = live?.metadata.labels?.['helm.sh/chart'] ?? live?.metadata.labels?.['chart'];
  return /^(.+?)-v?\d+\.\d+\.\d+/.exec(label ?? '')?.[1] ?? null;
}
