import { dirname } from 'node:path';
import type { Sandbox } from '../sandbox.ts';
import { NOBODY, type Isolation } from './isolation.ts';
import type { Visible } from './programs.ts';

/** One start of a tool. */
export interface Job {
  readonly command: string;
  readonly args: readonly string[];
  readonly sandbox: Sandbox;
  /** Everything that exists for the tool beside its folder: programs and libraries at least. */
  readonly visible: readonly Visible[];
  readonly limits: ResourceLimits;
  /** Whether the tool may write into its folder. */
  readonly isWritable: boolean;
  readonly hasNetwork: boolean;
}

export interface ResourceLimits {
  /** Bytes of address space, for each process. */
  readonly memory: number;
  /** Seconds of processor time, for each process. */
  readonly processor: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Where the tool sees its folder. */
  readonly folder: string;
}

/** Where a tool sees its folder, in a mount namespace of its own. */
const INSIDE = '/faultline-sandbox';
/** Bytes of /tmp, and of one file. */
const SCRATCH = 128 * 2 ** 20;
/** Processes and threads of a tool. */
const PROCESSES = 256;
/** The same where all tools at once are counted together, by their user. */
const PROCESSES_OF_USER = 2048;
const OPEN_FILES = 1024;

/**
 * The first process of the group, which becomes the tool. Nothing of a repository is read as its text. Its watchdog, a child of it, kills
 * the whole group when the pipe from us ends: also when we are killed.
 */
const GUARDED = `
(read -r _; kill -KILL 0) <&3 >/dev/null 2>&1 4>&- &
exec 3<&-
ulimit -c 0
ulimit -v "$1"
ulimit -t "$2"
ulimit -f "$3"
ulimit -n "$4"
[ "$5" = - ] || ulimit -u "$5" || ulimit -p "$5"
shift 5
exec 2>&4 4>&-
exec "$@"`;

/** A tool's command line in the isolation that there is. */
export function launchOf(isolation: Isolation, job: Job): Launch {
  const { memory, processor } = job.limits;
  const inner = {
    bubblewrap: bubblewrapped,
    namespaces: unshared,
    plain: alone,
  }[isolation.mode](isolation, job);
  const limits = [
    Math.floor(memory / 1024),
    Math.ceil(processor),
    SCRATCH / 512,
    OPEN_FILES,
    isolation.identity === null ? '-' : PROCESSES_OF_USER,
  ].map(String);
  return {
    command: '/bin/sh',
    // What a shell says about a limit that it cannot set is nothing that the tool said.
    args: ['-c', `exec 4>&2 2>/dev/null${GUARDED}`, 'sh', ...limits, ...inner],
    folder: isolation.mode === 'plain' ? job.sandbox.folder : INSIDE,
  };
}

/** Without a wall there is at least no program that gives back rights, such as sudo. */
function alone({ programs }: Isolation, job: Job): readonly string[] {
  const { setpriv } = programs;
  return [...(setpriv === undefined ? [] : [setpriv, '--no-new-privs', '--']), job.command, ...job.args];
}

/** Options of ours, as they are typed: no path of anybody is in them. */
function words(text: string): readonly string[] {
  return text.split(' ');
}

const DEVICES = ['/dev/null', '/dev/urandom'];

function bubblewrapped({ programs, options }: Isolation, job: Job): readonly string[] {
  const { prlimit } = programs;
  return [
    programs['bwrap']!,
    ...words('--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try'),
    ...options,
    ...(job.hasNetwork ? [] : ['--unshare-net']),
    ...words('--die-with-parent --new-session --hostname sandbox --cap-drop ALL'),
    ...words(`--uid ${NOBODY} --gid ${NOBODY} --size ${SCRATCH} --tmpfs /tmp`),
    ...DEVICES.flatMap((device) => ['--dev-bind', device, device]),
    ...job.visible.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    job.isWritable ? '--bind' : '--ro-bind',
    job.sandbox.folder,
    INSIDE,
    ...words(`--remount-ro / --chdir ${INSIDE} --`),
    ...(prlimit === undefined ? [] : [prlimit, `--nproc=${PROCESSES}:${PROCESSES}`, '--']),
    job.command,
    ...job.args,
  ];
}

/**
 * In namespaces of its own: a root of nothing but what is visible, then a second user namespace in which nobody owns none of
 * it. The kernel grants no further user namespace to a process whose root was changed.
 */
const UNSHARED = `
set -ef
mount=$1 mkdir=$2 setpriv=$3 unshare=$4 root=$5 scratch=$6 processes=$7 folders=$8 files=$9
shift 9
"$mount" -t tmpfs -o size=1m,mode=0755,nosuid,nodev none "$root"
"$mkdir" "$root/tmp"
"$mount" -t tmpfs -o "size=$scratch,mode=1777,nosuid,nodev,noexec" none "$root/tmp"
IFS='
'
cd "$root"
"$mkdir" -p -- $folders
for file in $files; do : >"$file"; done
while [ "$1" != -- ]; do
  "$mount" --bind -o "$1" -- "$2" "$root/$3"
  shift 3
done
shift
"$mount" -o remount,bind,ro,nosuid,nodev "$root"
ulimit -u "$processes" 2>/dev/null || ulimit -p "$processes"
exec "$setpriv" --no-new-privs -- "$unshare" --user --map-user=${NOBODY} --map-group=${NOBODY} \\
  --root="$root" --wd=${INSIDE} -- "$@"`;

function unshared({ programs }: Isolation, job: Job): readonly string[] {
  const below = (path: string): string => path.slice(1);
  const files = [...DEVICES, ...job.visible.filter(({ isFolder }) => !isFolder).map(({ to }) => to)];
  const wholeFolders = job.visible.filter(({ isFolder }) => isFolder).map(({ to }) => to);
  const folders = new Set([INSIDE, ...wholeFolders, ...files.map((to) => dirname(to))].map(below));
  const binds = [
    ...DEVICES.map((device) => ['rw,nosuid,noexec', device, below(device)]),
    ...job.visible.map(({ from, to }) => ['ro,nosuid,nodev', from, below(to)]),
    [`${job.isWritable ? 'rw' : 'ro'},nosuid,nodev,noexec`, job.sandbox.folder, below(INSIDE)],
  ];
  return [
    programs['unshare']!,
    ...words('--user --map-root-user --mount --pid --ipc --uts --cgroup'),
    ...(job.hasNetwork ? [] : ['--net']),
    ...words('--fork --kill-child=KILL --propagation=private -- /bin/sh -c'),
    UNSHARED,
    'sh',
    ...['mount', 'mkdir', 'setpriv', 'unshare'].map((name) => programs[name]!),
    job.sandbox.mountPoint,
    ...[SCRATCH, PROCESSES].map(String),
    [...folders].join('\n'),
    files.map(below).join('\n'),
    ...binds.flat(),
    '--',
    job.command,
    ...job.args,
  ];
}
