import { plainText } from '../../src/untrusted/prose.ts';
import type {
  CommandActions,
  OnPullRequest,
  Seen,
  RepositoryStatus,
  Subject,
} from '../../src/chatops/actions.ts';
import type { Command, Context } from '../../src/chatops/command.ts';
import { commands } from '../../src/chatops/commands/index.ts';
import type { IncidentResult } from '../../src/model/report.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { BLAME } from '../output/made-blame.ts';
import { imageProposal, memoryProposal, NOW } from '../pull-requests/proposals.ts';

export const HEAD = '0d1f02c9d3a5577e0b1c2d3e4f5a6b7c8d9e0f1a';
export const WRITTEN = NOW;

export const ON_PULL_REQUEST: OnPullRequest = {
  fingerprints: ['9a3f0c1d2e4b5a67'],
  pullRequest: {
    number: 12,
    state: 'open',
    isDraft: false,
    head: HEAD,
    headSince: WRITTEN - 60_000,
    isOurs: true,
  },
};

export function onPullRequest(more: Partial<OnPullRequest['pullRequest']>): OnPullRequest {
  return { ...ON_PULL_REQUEST, pullRequest: { ...ON_PULL_REQUEST.pullRequest, ...more } };
}

export const ON_ISSUE: Subject = { fingerprints: ['9a3f0c1d2e4b5a67'], pullRequest: null };

export function seenOf(proposal: Proposal = memoryProposal()): Seen {
  const result: IncidentResult = {
    incident: proposal.incidents[0]!,
    decision: proposal.decision,
    located: proposal.located,
    proposal,
    pullRequest: null,
    commit: proposal.commit,
  };
  return { result, pullRequest: 12, issue: null };
}

export const STATUS: RepositoryStatus = {
  subject: null,
  counts: { open: 2, waiting: 1, watched: 7 },
  clusters: [
    { name: 'prod-eu', scannedAt: NOW, problem: null },
    { name: 'prod-us', scannedAt: null, problem: prose`the API server did not answer` },
  ],
  configErrors: 0,
};

/** A actions that has one answer to everything, and writes down what it was asked to do. */
export function actionsOf(more: Partial<CommandActions> = {}): {
  readonly actions: CommandActions;
  readonly asked: unknown[][];
} {
  const asked: unknown[][] = [];
  const note = (...call: unknown[]): void => void asked.push(call);
  const actions: CommandActions = {
    limits: { openPullRequests: 10, perHour: 20, memoryFactor: 2 },
    subjectOf: async () => ON_PULL_REQUEST,
    incident: async () => ON_ISSUE,
    diagnose: async (workload) => {
      note('diagnose', workload);
      return {
        kind: 'diagnosed',
        seen: [seenOf(imageProposal())],
        clusters: ['prod-eu'],
        at: NOW,
        problems: [],
      };
    },
    blame: async (object, field) => {
      note('blame', object, field);
      return { kind: 'answered', answers: [{ cluster: 'prod-eu', result: BLAME }] };
    },
    seen: async () => [seenOf()],
    retry: async (_subject, by) => {
      note('retry', by);
      return { kind: 'seen', seen: [seenOf()], change: 'updated' };
    },
    rebuild: async () => {
      note('rebuild');
      return { kind: 'rebuilt', head: HEAD, base: 'b'.repeat(40), isNew: true };
    },
    undo: async () => {
      note('undo');
      return { kind: 'nothing' };
    },
    set: async (_subject, value, by) => {
      note('set', value, by);
      return { kind: 'proposed', located: memoryProposal().located, head: HEAD };
    },
    accept: async (thread, by, reason) => {
      note('accept', thread, by, plainText(reason));
      return { kind: 'accepted', head: HEAD };
    },
    approve: async (_subject, head, by) => {
      note('approve', head, by);
      return { kind: 'enabled' };
    },
    revert: async (_subject, by) => {
      note('revert', by);
      return { kind: 'opened', pullRequest: 31, isNew: true };
    },
    snooze: async (_subject, until, by, reason) => note('snooze', until, by, reason?.toJSON() ?? null),
    ignore: async (_subject, by, reason) => note('ignore', by, reason.toJSON()),
    status: async () => STATUS,
    ...more,
  };
  return { actions, asked };
}

export function contextOf(
  rest: string,
  more: Partial<Context> = {},
): Context & { readonly subject: OnPullRequest } {
  return {
    actions: actionsOf().actions,
    rest,
    author: 'ana',
    given: { id: '7/0', thread: 12, writtenAt: WRITTEN },
    now: NOW,
    commands,
    ...more,
    subject: (more.subject ?? ON_PULL_REQUEST) as OnPullRequest,
  };
}

export function commandOf(name: string): Command {
  return commands.find((command) => command.name === name)!;
}
