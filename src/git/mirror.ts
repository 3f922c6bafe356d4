import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { keyedLock } from '../concurrency/keyed-lock.ts';
import { gitIn } from './command.ts';
import { fetchBranches, FetchError, fetchPullRequest, type CloneAccess } from './fetch.ts';
import { openRepository } from './open-repository.ts';
import { remembering } from './remembering.ts';
import type { Repository } from './repository.ts';

/** A bare copy of all branches of a repository, kept between runs. */
export interface Mirror {
  /**
   * Makes every branch what it is on the server now. Callers at the same time share a fetch, but never one that began before
   * they asked.
   *
   * @throws FetchError
   */
  fetch(): Promise<void>;
  /** The repository with this branch in HEAD's place, as last fetched, or fetched now if it never was; null without the branch. */
  at(branch: string): Promise<Repository | null>;
  /** Where each branch points to, as last fetched or fetched now if they never were. */
  branches(): Promise<ReadonlyMap<string, string>>;
  /**
   * The repository with the head of a pull request, which may be in a fork, and all branches as last fetched.
   *
   * @throws FetchError
   */
  withPullRequest(number: number): Promise<Repository>;
}

export interface MirrorOptions {
  /** For this repository alone; made when it is missing. */
  readonly folder: string;
  /** Asked before every fetch, and again after a refusal, with the token that was refused. */
  readonly access: (refused?: string) => Promise<CloneAccess>;
  readonly defaultBranch: string;
  /** @param milliseconds how long to wait before trying again */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** Told each time before the mirror is fetched or read. */
  readonly onUse?: (home: string) => Promise<void>;
}

const ATTEMPTS = 4;

/** Fetches of one folder run one after the other, whoever opened it. Git keeps processes apart, so that they only have to try again. */
export const mirrorLock = keyedLock();

export function openMirror({
  folder,
  access,
  defaultBranch,
  sleep = setTimeout,
  onUse = async () => {},
}: MirrorOptions): Mirror {
  const home = resolve(folder);
  const mirror = join(home, 'mirror.git');
  const options = { access, defaultBranch, sleep };
  const fetchInto = (path: string): Promise<void> => fetchWithRetries(path, options, fetchBranches);
  let waiting: Promise<void> | null = null;
  let opened: Promise<OpenedMirror> | null = null;

  async function fetch(): Promise<void> {
    waiting ??= mirrorLock(home, async () => {
      waiting = null;
      await onUse(home);
      const before = await opened?.catch(() => null);
      const isSame = (await update(mirror, fetchInto)) === 'fetched';
      opened = openedMirror(mirror, isSame ? before : null);
      await opened;
    });
    return waiting;
  }

  async function lastFetched(): Promise<OpenedMirror> {
    await onUse(home);
    if (!existsSync(mirror)) await fetch();
    opened ??= openedMirror(mirror, null);
    opened.catch(() => (opened = null));
    return opened;
  }

  return {
    fetch,
    at: async (branch) => (await lastFetched()).at(branch),
    branches: async () => (await lastFetched()).tips,
    withPullRequest: async (number) => {
      await onUse(home);
      if (!existsSync(mirror)) await fetch();
      await mirrorLock(home, () =>
        fetchWithRetries(mirror, options, (path, granted) => fetchPullRequest(path, granted, number)),
      );
      opened ??= openedMirror(mirror, null);
      opened.catch(() => (opened = null));
      return (await opened).repository;
    },
  };
}

/** A mirror between two fetches: no branch of it moves. */
interface OpenedMirror {
  readonly repository: Repository;
  /** By branch: where it points to. */
  readonly tips: ReadonlyMap<string, string>;
  /** The same, with the repository there once somebody asked. */
  readonly branches: ReadonlyMap<string, Branch>;
  at(branch: string): Promise<Repository | null>;
}

interface Branch {
  readonly tip: string;
  repository?: Promise<Repository | null>;
}

/**
 * Lists the branches: one process of git, however many are asked for.
 *
 * @param before the same folder before a fetch: what was read of branches that did not move is kept
 */
async function openedMirror(path: string, before: OpenedMirror | null | undefined): Promise<OpenedMirror> {
  const repository = before?.repository ?? remembering(await openRepository(path));
  const tips = await repository.branches();
  const branches = new Map<string, Branch>();
  for (const [branch, tip] of tips) {
    const known = before?.branches.get(branch);
    branches.set(branch, known?.tip === tip ? known : { tip });
  }
  return {
    repository,
    tips,
    branches,
    at: async (name) => {
      const branch = branches.get(name);
      if (!branch) return null;
      const found = (branch.repository ??= repository.onBranch(name));
      found.catch(() => delete branch.repository);
      return found;
    },
  };
}

type FetchInto = (path: string) => Promise<void>;

/** Fetches into the mirror; clones it anew where it is missing, damaged or locked. */
async function update(mirror: string, fetchInto: FetchInto): Promise<'fetched' | 'cloned'> {
  const home = dirname(mirror);
  await mkdir(home, { recursive: true });
  await removeLeftovers(home);
  if (existsSync(mirror)) {
    try {
      await fetchInto(mirror);
      return 'fetched';
    } catch (error) {
      // A lock that is still there after all attempts is of a process that was killed.
      if (!(error instanceof FetchError && ['damaged', 'busy'].includes(error.failure))) throw error;
    }
  }
  await replace(mirror, fetchInto);
  return 'cloned';
}

/** A clone has its name only once it is whole. Readers of the old one find in the new one what the server still has. */
async function replace(mirror: string, fetchInto: FetchInto): Promise<void> {
  const home = dirname(mirror);
  const fresh = join(home, temporaryName());
  const old = join(home, temporaryName());
  try {
    await mkdir(fresh);
    await gitIn(await realpath(fresh), home).run(['init', '--quiet', '--bare']);
    await fetchInto(fresh);
    if (existsSync(mirror)) await rename(mirror, old);
    await rename(fresh, mirror).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster: its clone is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    for (const path of [fresh, old]) await discard(path);
  }
}

/** Address and default branch that a mirror was given, by its folder. */
const said = new Map<string, string>();

/** Fetches; asks once for another token after a refusal, and tries again where the server or a lock was in the way. */
async function fetchWithRetries(
  path: string,
  { access, defaultBranch, sleep }: Required<Omit<MirrorOptions, 'folder' | 'onUse'>>,
  fetchFrom: (path: string, access: CloneAccess) => Promise<void>,
): Promise<void> {
  const real = await realpath(path);
  const git = gitIn(real, dirname(real));
  let granted = await access();
  let renewed = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchFrom(real, granted);
      break;
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      if (error.failure === 'refused' && granted.token !== null && !renewed) {
        renewed = true;
        granted = await access(granted.token);
      } else if (['unreachable', 'busy'].includes(error.failure) && attempt < ATTEMPTS) {
        await sleep(1000 * 2 ** (attempt - 1));
      } else throw error;
    }
  }
  const says = `${granted.url} ${defaultBranch}`;
  if (said.get(real) === says) return;
  await git.run(['config', 'remote.origin.url', granted.url]);
  await git.run(['symbolic-ref', 'HEAD', `refs/heads/${defaultBranch}`]);
  said.set(real, says);
}

const TEMPORARY = /^temporary-(\d+)-[0-9a-f]+$/;
const ours = new Set<string>();

export function temporaryName(): string {
  const name = `temporary-${process.pid}-${randomBytes(6).toString('hex')}`;
  ours.add(name);
  return name;
}

/** Whether a folder is half of a clone, or one that is being removed. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  ours.delete(path.slice(path.lastIndexOf('/') + 1));
}

/** Half clones of processes that were killed. In a container the next process has the number of the last. */
async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const maker = TEMPORARY.exec(name)?.[1];
    if (maker === undefined || ours.has(name)) continue;
    if (Number(maker) === process.pid || !isRunning(Number(maker))) await discard(join(home, name));
  }
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be asked, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
