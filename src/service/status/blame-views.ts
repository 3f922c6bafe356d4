import { blame } from '../../blame/blame.ts';
import { blameInCluster } from '../../blame/in-cluster.ts';
import { AtMost } from '../../concurrency/at-most.ts';
import { kindNamed } from '../../kubernetes/kind-names.ts';
import type { KubernetesObject, ObjectRef } from '../../kubernetes/objects.ts';
import type { Target } from '../../locate/target.ts';
import type { BlameAnswer, BlameQuestion } from '../../status-page/blame-page.ts';
import type { RepositoryScans } from '../repository-scans.ts';
import type { WatchedCluster } from '../clusters.ts';

/** A question renders: scans come first. */
const ONE_AT_A_TIME = new AtMost(1);

/**
 * Blames a field by the last scan of each cluster that has the object; without one, by the repository as it was scanned last. Of a cluster that
 * has it only this object is read once more, for who wrote its fields; GitHub is not asked.
 */
export function blameViews(
  scans: readonly RepositoryScans[],
  question: BlameQuestion,
): Promise<readonly BlameAnswer[]> {
  return ONE_AT_A_TIME.run(async () => {
    const answers: BlameAnswer[] = [];
    for (const one of scans) {
      const { repository } = one.host;
      if (question.repository !== null && question.repository.toLowerCase() !== repository.toLowerCase())
        continue;
      for (const { cluster, result } of await answersOf(one, question))
        answers.push({ repository, cluster, result });
    }
    // Who has the object has the answer, and the others would only say that they have not.
    const found = answers.filter(({ result }) => result.kind === 'blame');
    return found.length > 0 ? found : answers;
  });
}

async function answersOf(
  { latest, clusters }: Pick<RepositoryScans, 'latest' | 'clusters'>,
  { kind: asked, name, namespace, field }: BlameQuestion,
): Promise<readonly Omit<BlameAnswer, 'repository'>[]> {
  const kind = kindNamed(asked);
  const wanted = { kind, name, ...(namespace === null ? {} : { namespace }) };
  const target: Target = { wanted, live: null, roots: null, areNamed: false };
  const having = latest.filter(({ state }) =>
    state
      .list(kind)
      .some(
        ({ metadata }) => metadata.name === name && (namespace === null || metadata.namespace === namespace),
      ),
  );
  const answers: Omit<BlameAnswer, 'repository'>[] = [];
  for (const { cluster, state, checkout } of having) {
    const watched = clusters.find((one) => one.name === cluster);
    const source = { read: async () => state, object: (ref: ObjectRef) => readNow(watched, ref) };
    answers.push({
      cluster,
      result: await blameInCluster(checkout, target, field, { source, config: checkout.config }),
    });
  }
  const [any] = latest;
  if (answers.length > 0 || any === undefined) return answers;
  return [{ cluster: null, result: await blame(any.checkout, target, field) }];
}

/** The object as the cluster has it now, with who wrote what; null where it cannot be read: then the scan's is used, which has no writers. */
async function readNow(
  cluster: WatchedCluster | undefined,
  ref: ObjectRef,
): Promise<KubernetesObject | null> {
  try {
    const source = await cluster?.open();
    return (await source?.object?.(ref)) ?? null;
  } catch {
    return null;
  }
}
