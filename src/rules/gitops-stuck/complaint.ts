import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Culprit } from '../../model/finding.ts';
import { recordAt, recordsOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { ClusterState } from '../../model/cluster-state.ts';

/** What a controller says that it cannot do. */
export interface Complaint {
  readonly reason: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly evidence: readonly Evidence[];
  /** Objects whose own failure would explain it: those of a health check, a hook. */
  readonly behind: readonly Culprit[];
}

/** Where a controller takes the files from, and the field that says which folder. */
export interface SourcePlace {
  readonly url: string | null;
  readonly path: string;
  readonly field: string;
}

/** The folders of an Application or a Kustomization; none for what has no folder. */
export function placesOf(cluster: ClusterState, object: ClusterObject): readonly SourcePlace[] {
  const spec = recordAt(object, 'spec');
  if (object.kind === 'Application') {
    const several = recordsOf(spec['sources']).map((source, index) => ({
      source,
      at: `spec.sources[${index}]`,
    }));
    const all = several.length > 0 ? several : [{ source: recordAt(spec, 'source'), at: 'spec.source' }];
    return all.flatMap(({ source, at }) =>
      typeof source['path'] === 'string'
        ? [{ url: textOf(source['repoURL']), path: source['path'], field: `${at}.path` }]
        : [],
    );
  }
  const { kind, name, namespace } = recordAt(spec, 'sourceRef');
  if (object.kind !== 'Kustomization' || kind !== 'GitRepository') return [];
  const from = textOf(namespace) ?? object.metadata.namespace ?? null;
  const source = cluster.get('GitRepository', from, String(name));
  const path = textOf(spec['path']) ?? '.';
  return [{ url: textOf(recordAt(source, 'spec')['url']), path, field: 'spec.path' }];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Where a release or an Application puts what has no namespace of its own. */
export function targetNamespace(object: KubernetesObject): string | null {
  const spec = recordAt(object, 'spec');
  const given = spec['targetNamespace'] ?? recordAt(spec, 'destination')['namespace'];
  return typeof given === 'string' ? given : (object.metadata.namespace ?? null);
}
