import { podSpecPath } from '../../kubernetes/workloads.ts';
import { BUILT_IN } from './built-in.ts';
import { CUSTOM } from './custom.ts';
import { podSpec, podTemplate } from './pods.ts';
import { record, type Shape } from './shape.ts';

/*
 * The parts of each kind that rules, sources and proposals read. What is not named here nobody reads, so it may be anything.
 */

/** Of a kind that has the name of a workload and is none of Kubernetes' own: where its pods would come from. */
const templates: Readonly<Record<string, Shape>> = {
  CronJob: record({ spec: record({ jobTemplate: record({ spec: record({ template: podTemplate }) }) }) }),
  Pod: record({ spec: podSpec }),
};

const template = record({ spec: record({ template: podTemplate }) });

/**
 * The shape of what is read of a kind beside its metadata; null where nothing is that would not take anything.
 *
 * @param isBuiltIn whether the group is one that serves this kind in Kubernetes itself.
 */
export function shapeOf(group: string, kind: string, isBuiltIn: boolean): Shape | null {
  if (isBuiltIn && Object.hasOwn(BUILT_IN, kind)) return BUILT_IN[kind]!;
  const key = `${group}/${kind}`;
  if (Object.hasOwn(CUSTOM, key)) return CUSTOM[key]!;
  if (podSpecPath(kind) === null) return null;
  return Object.hasOwn(templates, kind) ? templates[kind]! : template;
}
