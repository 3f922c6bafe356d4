/**
 * What stands between a renderer and the machine. `bubblewrap` and `namespaces` are the same wall by different means: mount,
 * network, PID, IPC and UTS namespaces of its own, without /proc. `plain` has no wall: a process group, resource limits,
 * an empty environment and, under root, another user.
 */
export type IsolationMode = 'bubblewrap' | 'namespaces' | 'plain';

/** How renderers are started in this process. */
export interface Isolation {
  readonly mode: IsolationMode;
  /** User and group that renderers run as; null for our own. */
  readonly identity: number | null;
  /** Programs of the system that start them, by name, with their absolute paths. */
  readonly programs: Readonly<Record<string, string>>;
  /** Options of bubblewrap that not every version knows. */
  readonly options: readonly string[];
  /** For `plain`: what was tried before, and why it did not work. */
  readonly tried: readonly string[];
}

/** `nobody` of every Linux distribution. */
export const NOBODY = 65_534;

/**
 * What an operator asked for. `auto`: the best that works here; `require`: nothing is rendered without namespaces; `none`: plain.
 */
export type IsolationSetting = 'auto' | 'require' | 'none';

export const ISOLATION_SETTINGS: readonly IsolationSetting[] = ['auto', 'require', 'none'];

/** What an operator should know about the isolation that this process has; null where nothing is missing. */
export function isolationWarning({ mode, identity, tried }: Isolation): string | null {
  if (mode !== 'plain') return null;
  const rest =
    identity === null
      ? 'A renderer that a repository takes over could read every file that this user may read, reach the network, and read the memory of this process where the kernel lets it.'
      : 'A renderer that a repository takes over runs as nobody, without rights to files of this user, but could read what everybody may read, and reach the network.';
  const why = tried.length === 0 ? '' : ` (${tried.join('; ')})`;
  return `charts and kustomizations are rendered without a sandbox of the operating system${why}. ${rest} Install bubblewrap, or let this user make user namespaces; FAULTLINE_ISOLATION=require renders nothing without.`;
}
