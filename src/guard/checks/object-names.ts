import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { BUILT_IN } from '../../kubernetes/types/kind-types.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_LABEL = 63;
const LONGEST = 253;
/** Kubernetes puts eleven characters behind the name of a CronJob to name its Jobs. */
const LONGEST_CRON_JOB = 52;

/** Names that are one label of DNS; those of other kinds have dots too. */
const LABELS = new Set(['Service', 'Namespace']);
/** Kinds whose names may be any segment of a path. */
const FREE = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);

/**
 * Names that the API server refuses.
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names
 */
export const objectNames: Foresight = {
  causes: { 'invalid-name': 'the API server refuses the name of an object' },
  foresee({ objects }) {
    return objects.flatMap((object): readonly Foreseen[] => {
      const expected = refusedName(object);
      if (expected === null) return [];
      return [
        {
          cause: 'invalid-name',
          object: refOf(object),
          field: 'metadata.name',
          level: 'error',
          because: prose`The API server refuses ${describeRef(refOf(object))}: its name must be ${expected}.`,
        },
      ];
    });
  },
};

/** What a name must be, where this one is not; null where it may be, where a variable stands in it, or where nothing is known of the kind. */
function refusedName({ apiVersion, kind, metadata: { name } }: ClusterObject): string | null {
  const isKnown = BUILT_IN.of(apiVersion, kind).length > 0 && !FREE.has(kind);
  if (!isKnown || typeof name !== 'string' || name === '' || /[${}<>*]/.test(name)) return null;
  if (LABELS.has(kind))
    return LABEL.test(name) && name.length <= LONGEST_LABEL
      ? null
      : 'at most 63 lowercase letters, digits and hyphens';
  const longest = kind === 'CronJob' ? LONGEST_CRON_JOB : LONGEST;
  return SUBDOMAIN.test(name) && name.length <= longest
    ? null
    : `at most ${longest} lowercase letters, digits, hyphens and dots`;
}
