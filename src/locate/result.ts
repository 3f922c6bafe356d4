import { unifiedDiff } from '../git/diff.ts';
import { describeRef, refOf, sameObject, type Scalar } from '../kubernetes/objects.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { isRefusedLive } from '../proof/made-anew.ts';
import type { Proof } from '../model/proof.ts';
import type { RootComparison, Trial } from '../proof/trial.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { DesiredField } from './desired-fields.ts';
import type { Located } from '../model/located.ts';
import type { Replacement } from './replacements.ts';
import { changeOf } from '../model/change.ts';
import { fieldNamed } from '../kubernetes/field-path.ts';

/** What a successful trial showed, ready to be written down. */
export interface Success {
  readonly revision: Revision;
  readonly match: Match;
  /** Where the object lives, for a manifest that leaves it to its destination; null where that is not known. */
  readonly namespace: string | null;
  readonly desired: readonly DesiredField[];
  /** One for each desired field. */
  readonly sites: readonly Replacement['site'][];
  readonly files: ReadonlyMap<string, Buffer>;
  readonly trial: Trial;
}

export function located({ revision, match, namespace, desired, sites, files, trial }: Success): Located {
  const { root, rendered } = match;
  const own = refOf(rendered.object);
  const placed = { ...own, namespace: own.namespace ?? namespace };
  return {
    kind: 'located',
    changes: desired.map(({ field, after }, index) => ({
      object: placed,
      field: fieldNamed(field.text),
      before: field.value === undefined ? null : (field.value as Scalar),
      after: renderedAs(trial, field.text, after),
      site: { ...sites[index]!, renderer: root.kind, root: root.path },
    })),
    derived: trial.derived,
    refused: [
      ...desired
        .map(({ field, after }) => changeOf<Scalar>(placed, field.text, null, after))
        .filter((change) => isRefusedLive({ ...change, object: own }, [rendered])),
      ...trial.beside.filter(({ isRefused }) => isRefused).map(({ change }) => change),
    ],
    proof: {
      ...doubted(trial.proof, match.doubt),
      roots: trial.proof.roots.map((one) => ({
        ...one,
        changes: one.changes.map((change) =>
          one.root === root.path && sameObject(change.object, own) ? { ...change, object: placed } : change,
        ),
      })),
    },
    files,
    diff: [...files]
      .map(([file, after]) => unifiedDiff(file, String(revision.tree.read(file)), String(after)))
      .join(''),
    renderedDiff: renderedDiff(trial),
  };
}

function doubted(proof: Proof, doubt: string | undefined): Proof {
  return doubt === undefined || proof.status === 'unproven'
    ? proof
    : { ...proof, status: 'unproven', reason: doubt };
}

/** The value as it comes out, which for the name of a generated object has a hash. */
function renderedAs(trial: Trial, field: string, after: Scalar): Scalar {
  const values = trial.comparisons
    .flatMap(({ comparison }) => comparison.changes)
    .filter((change) => change.field.text === field)
    .map((change) => change.after);
  const hashed = values.find((value) => typeof value === 'string' && withoutHash(value) === after);
  return typeof hashed === 'string' ? hashed : after;
}

/** What renders differently, object by object. Plain manifests render as they are: their diff is the source's. */
function renderedDiff(trial: Trial): string {
  return trial.comparisons
    .filter(({ root }) => root.kind !== 'plain' || root.declared !== null)
    .map(diffOf)
    .join('');
}

const DIFFS = new WeakMap<RootComparison['comparison'], string>();

/** Written once for each comparison: workloads behind one line share it. */
function diffOf({ root, comparison }: RootComparison): string {
  const known = DIFFS.get(comparison);
  if (known !== undefined) return known;
  const diff = comparison.documents
    .map(({ object, before, after }) =>
      unifiedDiff(`${root.id}:${describeRef(object).replace(' ', '/')}`, before, after ?? ''),
    )
    .join('');
  DIFFS.set(comparison, diff);
  return diff;
}
