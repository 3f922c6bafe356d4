import { groupOf, recordsOf, recordAt } from '../../kubernetes/objects.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingNamed, missingReferences } from '../foreseen-reference.ts';

/** Flux objects that will wait for a source, or for another object, that is not there. */
export const foresight: Foresight = {
  causes: {
    'source-missing': 'a Flux object takes its files or its chart from a source that will not be there',
    'dependency-missing': 'a Flux object waits for another one that will not be there',
  },
  foresee(outlook) {
    return outlook.objects
      .filter(({ apiVersion }) => groupOf(apiVersion).endsWith('.toolkit.fluxcd.io'))
      .flatMap((object) => [
        ...missingReferences(outlook, object, 'source-missing'),
        ...recordsOf(recordAt(object, 'spec')['dependsOn']).flatMap(({ name, namespace }, index) =>
          missingNamed(outlook, object, {
            cause: 'dependency-missing',
            kind: object.kind,
            field: `spec.dependsOn[${index}].name`,
            namespace: typeof namespace === 'string' ? namespace : (object.metadata.namespace ?? null),
            name,
          }),
        ),
      ]);
  },
};
