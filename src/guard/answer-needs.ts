import type { Answer } from '../model/ask.ts';
import type { ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { needKey, type Need } from '../model/need.ts';
import type { ImageSource } from '../model/registry-image.ts';

/** Where a guard asks beyond git and the state of the cluster. */
export interface Sources {
  readonly cluster: { readonly state: ClusterState; readonly source: ClusterSource } | null;
  /** Left out: no registry may be asked. */
  readonly images?: ImageSource;
  readonly onProblem: (where: string, error: unknown) => void;
}

/** Answers each question once. What cannot be asked, or fails, is unknown. */
export function answeringOnce({ cluster, images, onProblem }: Sources): (need: Need) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  const answerTo = async (need: Need): Promise<Answer> => {
    if (need.kind === 'image') return (await images?.image(need.reference)) ?? null;
    if (need.kind === 'metric' && cluster) return cluster.source.metric(need, cluster.state.now);
    return null;
  };
  return (need) => {
    const key = needKey(need);
    const answer =
      answers.get(key) ??
      answerTo(need).catch((error: unknown) => {
        onProblem(need.kind === 'image' ? need.reference : need.kind, error);
        return null;
      });
    answers.set(key, answer);
    return answer;
  };
}
