import { deployment, recordedCluster } from './made-service.ts';

/** So many Deployments of one shape, each killed for its own memory limit: files of a repository, and a recorded cluster. */
export function manyWorkloads(count: number): {
  readonly files: Readonly<Record<string, string>>;
  readonly cluster: Readonly<Record<string, string>>;
} {
  const names = Array.from({ length: count }, (_none, index) => `stall-${String(index).padStart(3, '0')}`);
  const cluster = recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z');
  return {
    files: Object.fromEntries(
      names.map((name) => [`apps/${name}/${name}.yaml`, named(deployment('512Mi'), name)]),
    ),
    cluster: {
      'snapshot.yaml':
        'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n',
      ...Object.fromEntries(names.map((name) => [`cluster/${name}.yaml`, named(cluster, name)])),
    },
  };
}

function named(text: string, name: string): string {
  return text.replaceAll('cart', name).replace(/uid: (\w[\w-]*)/g, `uid: ${name}-$1`);
}
