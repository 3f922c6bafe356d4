import { isRecord, recordAt, recordsOf } from '../kubernetes/objects.ts';
import type { RecordedSite } from '../store/entries.ts';

/** What `guard --history --output json` says, as far as the report reads it. Texts of it are untrusted. */
export interface Replay {
  /** The last commit before the changes. */
  readonly from: string;
  readonly to: string;
  /** Oldest first. */
  readonly changes: readonly ReplayedMerge[];
}

export interface ReplayedMerge {
  readonly commit: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly subject: string;
  readonly pullRequest: number | null;
  readonly findings: readonly ReplayedFinding[];
}

export interface ReplayedFinding {
  readonly rule: string;
  readonly cause: string;
  readonly level: string;
  readonly message: string;
  readonly object: { readonly kind: string; readonly namespace: string | null; readonly name: string } | null;
  readonly site: RecordedSite | null;
  /** After how many seconds the line changed again; null where it still stands. */
  readonly changedAfter: number | null;
}

const COMMIT = /^[0-9a-f]{40,64}$/;

/** Null for anything but the answer of `guard --history --output json`, version 1. */
export function replayIn(text: string): Replay | null {
  const value = parsed(text);
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['changes'])) return null;
  const { from, to } = value;
  if (!isCommit(from) || !isCommit(to)) return null;
  const changes = recordsOf(value['changes']).map(mergeIn);
  return changes.includes(null) ? null : { from, to, changes: changes as readonly ReplayedMerge[] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function mergeIn(change: Readonly<Record<string, unknown>>): ReplayedMerge | null {
  const { commit, subject, pullRequest } = change;
  const at = Date.parse(String(change['at']));
  if (!isCommit(commit) || Number.isNaN(at)) return null;
  return {
    commit,
    at,
    subject: String(subject ?? ''),
    pullRequest: typeof pullRequest === 'number' ? pullRequest : null,
    findings: recordsOf(change['findings']).map(findingIn),
  };
}

function findingIn(finding: Readonly<Record<string, unknown>>): ReplayedFinding {
  const { object, site } = finding;
  const after = recordAt(finding, 'changedAgain')['afterSeconds'];
  return {
    rule: String(finding['rule']),
    cause: String(finding['cause']),
    level: String(finding['level']),
    message: String(finding['message'] ?? ''),
    object: isRecord(object)
      ? {
          kind: String(object['kind']),
          namespace: typeof object['namespace'] === 'string' ? object['namespace'] : null,
          name: String(object['name']),
        }
      : null,
    site: isRecord(site) ? { file: String(site['file']), line: Number(site['line']) } : null,
    changedAfter: typeof after === 'number' ? after : null,
  };
}

function isCommit(value: unknown): value is string {
  return typeof value === 'string' && COMMIT.test(value);
}
