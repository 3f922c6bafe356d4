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

/**
 * What an operator should know about the isolation of renderers; null where nothing is missing.
 *
 * @param isConcealed whether the environment of this process is out of /proc
 */
export function isolationWarning({ mode, identity, tried }: Isolation, isConcealed: boolean): string | null {
  if (mode !== 'plain') return null;
  const why = tried.length === 0 ? 'FAULTLINE_ISOLATION is none' : tried.join('; ');
  const reach =
    identity === null
      ? ['read every file that this user can read, and the memory of this process where the kernel allows it']
      : ['read every file that is open to all users'];
  if (!isConcealed && identity === null) reach.push('read the environment of this process');
  reach.push('use the network');
  const listed = `${reach.slice(0, -1).join(', ')} and ${reach.at(-1)}`;
  return [
    `charts and kustomizations are rendered without namespaces (${why}).`,
    `A repository that takes over a renderer could ${listed}.`,
    'Install bubblewrap or allow user namespaces; FAULTLINE_ISOLATION=require refuses to render without.',
  ].join(' ');
}
