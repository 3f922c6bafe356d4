import type { ConfigKind } from '../kubernetes/config-objects.ts';

/** What a kubelet's message says is missing: an object, or a key of one. */
export interface Complaint {
  /** Null where the message leaves it out: `references non-existent config key: app.yaml` names neither. */
  readonly kind: ConfigKind | null;
  readonly name: string | null;
  /** Null when the object itself is missing. */
  readonly key: string | null;
  /** The volume of a mount that failed. */
  readonly volume: string | null;
}

const MISSING_OBJECT = /\b(configmap|secret)s? "([^"]+)" not found/g;
const MISSING_ENV_KEY = /couldn't find key (\S+) in (ConfigMap|Secret) (?:[^\s/]+\/)?([^\s,:]+)/g;
const MISSING_VOLUME_KEY = /references non-existent (config|secret) key: ([^\s,\]]+)/g;
const VOLUME = /MountVolume\.SetUp failed for volume "([^"]+)"/;

/**
 * Reads what is missing out of a waiting message or an event of the kubelet. Nothing is read out of
 * `object "ns"/"name" not registered` (the kubelet's cache has not seen the object yet; it may well exist), of timeouts and of
 * permissions.
 *
 * Sources: `makeEnvironmentVariables` in kubernetes/pkg/kubelet/kubelet_pods.go; `MakePayload` in
 * kubernetes/pkg/volume/configmap/configmap.go and …/secret/secret.go; `collectData` in …/projected/projected.go.
 */
export function readComplaints(message: string): readonly Complaint[] {
  const volume = VOLUME.exec(message)?.[1] ?? null;
  const found: Complaint[] = [];
  for (const [, kind, name] of message.matchAll(MISSING_OBJECT)) {
    found.push({ kind: kind === 'secret' ? 'Secret' : 'ConfigMap', name: name!, key: null, volume });
  }
  for (const [, key, kind, name] of message.matchAll(MISSING_ENV_KEY)) {
    found.push({ kind: kind as ConfigKind, name: name!, key: key!, volume });
  }
  for (const [, kind, key] of message.matchAll(MISSING_VOLUME_KEY)) {
    found.push({ kind: kind === 'secret' ? 'Secret' : 'ConfigMap', name: null, key: key!, volume });
  }
  return found;
}

/** Paths that log lines say are not there: the words in quotes or without spaces beside the complaint, absolute ones only. */
export function missingPaths(log: string): readonly string[] {
  const paths = new Set<string>();
  for (const line of log.split('\n')) {
    if (!MISSING_FILE.test(line)) continue;
    for (const [path] of line.matchAll(ABSOLUTE_PATH)) paths.add(path.replace(/[.:]+$/, ''));
  }
  return [...paths];
}

const MISSING_FILE =
  /no such file|not found|does ?n[o']t exist|cannot (?:open|find|read|access|stat)|can't (?:open|find|read|access)|could not (?:open|find|read|load)|failed to (?:open|read|load)|unable to (?:open|read|load|find)|FileNotFound|NoSuchFile|ENOENT|is a directory|not a directory/i;
const ABSOLUTE_PATH = /(?<![\w/.:-])\/[\w.@+-]+(?:\/[\w.@+-]+)+/g;
