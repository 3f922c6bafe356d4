import { z } from 'zod';
import { isRecord, recordAt, recordsOf, type Json } from '../../kubernetes/objects.ts';
import { namespace, object } from '../inputs.ts';
import type { Input, Tool } from '../tool.ts';

export const diagnose: Tool = {
  name: 'diagnose',
  title: 'Work out what fails in the cluster',
  description:
    'Reads the cluster, works out what fails and why, and finds the line in the repository that is responsible. Answers with incidents, the worst first, each with its root cause, ' +
    'evidence, what was ruled out, and a proven fix where there is one. Name an object or a namespace to get only its incidents.',
  input: z.strictObject({
    object: object.describe('Only incidents of this object: <Kind>/<name>').optional(),
    namespace: namespace.describe('Only incidents of this namespace'),
  }),
  worksWithoutCluster: false,
  takesCluster: true,
  takesPolicy: true,
  takesPrometheus: true,
  command: () => ['diagnose'],
  narrowed,
};

function narrowed(answer: Json, { object: named, namespace: within }: Input): Json {
  if (!isRecord(answer) || (named === undefined && within === undefined)) return answer;
  const [kind, name] = typeof named === 'string' ? named.split('/') : [];
  const isAsked = (ref: Readonly<Record<string, unknown>>): boolean =>
    (within === undefined || ref['namespace'] === within) &&
    (name === undefined || ref['name'] === name) &&
    (kind === undefined || String(ref['kind']).toLowerCase() === kind.toLowerCase());
  const incidents = recordsOf(answer['incidents']).filter((incident) =>
    [recordAt(incident, 'object'), recordAt(incident, 'culprit'), ...recordsOf(incident['affected'])].some(
      isAsked,
    ),
  );
  return { ...(answer as Readonly<Record<string, Json>>), incidents: incidents as unknown as Json };
}
