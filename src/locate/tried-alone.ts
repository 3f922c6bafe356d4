import type { Field } from '../kubernetes/field.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { HelmRoot } from '../sources/roots.ts';
import { controls, otherThan } from './controls.ts';
import { scalarsAround } from './declaring-scalars.ts';
import { generatorScalars } from './generator-scalars.ts';
import type { SiteMap } from './marked-render.ts';
import { refusal } from './plain-sites.ts';
import { type Candidates, type Replacement, replacementsAt } from './replacements.ts';
import type { SourceScalar } from './source-scalars.ts';

/** Scalars tried alone when no marker was seen. */
export const MOST_TRIED_ALONE = 12;

/** What no marker shows: the post-renderers of a release, and booleans that a generator hands on. */
export function triedAlone(revision: Revision, root: HelmRoot, before: Scalar): readonly SourceScalar[] {
  const generated = root.declared ? generatorScalars(revision, root.declared) : [];
  return [
    ...scalarsAround(revision, root),
    ...generated.filter(({ value }) => typeof value === 'boolean' && value === before),
  ];
}

export function attempted(
  scalars: readonly SourceScalar[],
  before: Scalar,
  after: Scalar,
  most = Number.POSITIVE_INFINITY,
): Candidates {
  const attempts = scalars
    .flatMap((scalar) => replacementsAt(scalar, before, after).map((attempt) => ({ scalar, attempt })))
    .slice(0, most);
  return {
    replacements: attempts.flatMap(({ attempt }) => ('code' in attempt ? [] : [attempt])),
    refusals: attempts.flatMap(({ scalar, attempt }) =>
      'code' in attempt ? [refusal(scalar, attempt.code, attempt.message)] : [],
    ),
  };
}

/** Of scalars that no marker shows, the first with which the field turns. */
export async function controlling(
  revision: Revision,
  match: Match,
  field: Field,
  scalars: readonly SourceScalar[],
): Promise<readonly Replacement['site'][]> {
  const before = field.value as Scalar;
  const { replacements } = attempted(scalars, before, otherThan(before), MOST_TRIED_ALONE);
  const own = replacements.filter(({ cutsAlias }) => cutsAlias !== true);
  for (const replacement of own)
    if ((await controls(revision, match, field, replacement)) === true) return [replacement.site];
  return [];
}

/** Booleans, anchored values and what failed to render when marked: those with the field's own key and value. */
export function alone(sites: SiteMap, field: Field, before: Scalar): readonly SourceScalar[] {
  const key = field.path.at(-1);
  const depthInCommon = (scalar: SourceScalar): number => {
    let count = 0;
    while (
      count < scalar.path.length &&
      count < field.path.length &&
      scalar.path.at(-1 - count) === field.path.at(-1 - count)
    )
      count += 1;
    return count;
  };
  return sites.unmarked
    .filter(
      (scalar) =>
        (scalar.role === 'object' || scalar.role === 'parameter') &&
        (scalar.path.at(-1) === key || scalar.path.at(-1) === 'value') &&
        String(scalar.value) === String(before),
    )
    .sort((a, b) => depthInCommon(b) - depthInCommon(a))
    .slice(0, MOST_TRIED_ALONE);
}
