/**
 * Rule `service-without-endpoints`: a Service that leads nowhere.
 *
 * A Service has the pods that all labels of its selector fit, and of them the ports whose number (or name) and protocol fit. Declaring a
 * port is optional, so a number that is not declared may still be served: it counts only where the pods declare ports, none of the
 * Service's is among them and nothing else of the pods speaks of it, or where a commit replaced a declared one. A name must be declared.
 * What a Service asks for is compared with pods as they are now, so there is nothing to wait for.
 */
import { isHeadless } from '../facts/services.ts';
import { refOf } from '../kubernetes/objects.ts';
import { defineRule } from './define-rule.ts';
import { brokenPorts } from './service-without-endpoints/broken-ports.ts';
import { brokenSelector } from './service-without-endpoints/broken-selector.ts';
import { deadPorts } from './service-without-endpoints/dead-ports.ts';
import { othersSelected, ownPodsOf } from './service-without-endpoints/others-selected.ts';
import { selectedBy } from './service-without-endpoints/selection.ts';
import { foresight } from './service-without-endpoints/foresight.ts';

const RESTORED = {
  fix: 'propose',
  outcome:
    'what git had before, where that fits the pods: a pull request that a person merges; what the pods alone say: a draft; else declined',
} as const;

export const serviceWithoutEndpoints = defineRule({
  id: 'service-without-endpoints',
  title: 'A Service leads to no pod, or to a port that its pods do not have',
  phase: 'traffic',
  semantics: [
    'https://kubernetes.io/docs/concepts/services-networking/service/',
    'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/',
  ],
  reads: ['Service', 'Pod', 'EndpointSlice', 'ConfigMap'],
  on: 'Service',
  causes: {
    'selector-mismatch': {
      means: 'its selector fits no pod, although it did before, or pods of the application nearly fit',
      ...RESTORED,
    },
    'selector-of-others': {
      means:
        'a commit made it select the pods of another workload, which lack its port, or its own have no Service now',
      fix: 'propose',
      outcome:
        'the selector before: a pull request that a person merges where the port is missing, else a draft',
    },
    'target-port-mismatch': {
      means: 'its target port is none of its pods: by name, or by number where they declare others',
      ...RESTORED,
    },
    'protocol-mismatch': { means: 'its port has another protocol than the container declares', ...RESTORED },
  },
  foresight,

  detect({ cluster, object: service }) {
    const selection = selectedBy(cluster, service);
    if (!selection) return null;
    const dead =
      selection.kind === 'fits' && !isHeadless(service) ? deadPorts(cluster, service, selection.pods) : [];
    const own = selection.kind === 'fits' ? ownPodsOf(cluster, service, selection.pods) : [];
    if (selection.kind === 'fits' && dead.length === 0 && own.length === 0) return null;
    return {
      selection,
      dead,
      own,
      seenOn: [refOf(service)],
      firstSeen: Date.parse(service.metadata.creationTimestamp ?? '') || cluster.now,
      occurrences: 1,
    };
  },

  *investigate(facts, ask, { selection, dead, own }) {
    if (selection.kind === 'none') return yield* brokenSelector(facts, ask, selection);
    const { pods } = selection;
    return (
      (yield* othersSelected(facts, ask, { pods, own, dead })) ??
      (dead.length > 0 ? yield* brokenPorts(facts, ask, pods, dead, own.length === 0) : null)
    );
  },
});
