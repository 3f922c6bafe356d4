import type { Host } from './host.ts';

/** Calls after which nothing that was read before may be relied on. */
const WRITES = [
  'createBranch',
  'moveBranch',
  'deleteBranch',
  'openPullRequest',
  'updatePullRequest',
  'requestReviewers',
  'enableAutoMerge',
  'disableAutoMerge',
  'merge',
  'comment',
  'updateComment',
  'openIssue',
  'updateIssue',
  'addLabels',
] as const satisfies readonly (keyof Host)[];

/** What one scan of several clusters asks for again and again. */
const READS = [
  'ownPullRequests',
  'ownIssues',
  'requiredChecks',
  'requiredApprovals',
] as const satisfies readonly (keyof Host)[];

/** How old an answer may be to be used again, in milliseconds. */
const FRESH = 30_000;

export interface SharedReads {
  /** The host as it is, whose writes are noticed. */
  readonly host: Host;
  /** The same for one scan: what was read once is not asked for again, until somebody of this process writes or it is old. */
  forOneScan(): Host;
}

type Call = (...args: readonly unknown[]) => Promise<unknown>;

export function sharedReads(base: Host, now: () => number): SharedReads {
  let writes = 0;
  const noticed = (name: (typeof WRITES)[number]): readonly [string, Call] => [
    name,
    async (...args) => {
      writes += 1;
      try {
        return await (base[name] as unknown as Call)(...args);
      } finally {
        writes += 1;
      }
    },
  ];
  const host: Host = { ...base, ...Object.fromEntries(WRITES.map(noticed)) };
  return {
    host,
    forOneScan: () => {
      const known = new Map<
        string,
        { readonly answer: unknown; readonly writes: number; readonly at: number }
      >();
      const kept = (name: (typeof READS)[number]): readonly [string, Call] => [
        name,
        async (...args) => {
          const key = JSON.stringify([name, ...args]);
          const found = known.get(key);
          if (found && found.writes === writes && now() - found.at < FRESH) return found.answer;
          const before = writes;
          const at = now();
          const answer = await (base[name] as unknown as Call)(...args);
          known.set(key, { answer, writes: before, at });
          return answer;
        },
      ];
      return { ...host, ...Object.fromEntries(READS.map(kept)) };
    },
  };
}
