import type { FaultKind, JournalEntry, StandIn } from '../../github/stand-in/interface.ts';

/** Something that one request may suffer. */
export interface Suffering {
  readonly name: string;
  readonly befalls: (request: JournalEntry) => boolean;
  /** `failure`, `limit`: to a request that changes nothing all of them are the same, its call made again. `ref`: of git's refs alone. */
  readonly group?: 'failure' | 'limit' | 'ref';
  /** What GitHub does to the request; a function where it depends on the moment. */
  readonly does: FaultKind | ((github: StandIn) => FaultKind);
  /** So many requests in a row, from this one on. Default 1. */
  readonly times?: number;
  /** The process dies with the request; `and-store`: what it remembered is lost with it. */
  readonly kills?: 'process' | 'process-and-store';
  /** Whoever gave an order may be told that it was not carried out, or that this is not known; they give it again. */
  readonly mayBeLost?: true;
  /** The story goes on in another way, so that only the numbers of things are the same. */
  readonly isOtherStory?: true;
}

const always = (): boolean => true;
export const isWrite = ({ method, operation, path }: JournalEntry): boolean =>
  method !== 'GET' && operation !== 'repository' && !path.endsWith('/access_tokens');
const hasToken = ({ path }: JournalEntry): boolean => !path.startsWith('/app');
const isRef = ({ operation }: JournalEntry): boolean =>
  operation === 'git/get-ref' || operation === 'git/create-ref' || operation === 'updateRefs';

/** More than all attempts of one call. */
const OUTAGE = 12;

export const sufferings: readonly Suffering[] = [
  { name: '500', befalls: always, group: 'failure', does: { kind: 'status', status: 500 } },
  { name: '502', befalls: always, group: 'failure', does: { kind: 'status', status: 502 } },
  { name: '500 after the effect', befalls: isWrite, does: { kind: 'status', status: 500, effect: true } },
  { name: '502 after the effect', befalls: isWrite, does: { kind: 'status', status: 502, effect: true } },
  { name: 'dropped connection', befalls: always, group: 'failure', does: { kind: 'drop' } },
  { name: 'dropped connection after the effect', befalls: isWrite, does: { kind: 'drop', effect: true } },
  {
    name: '403 secondary limit, Retry-After',
    befalls: always,
    group: 'limit',
    does: { kind: 'secondary-limit', retryAfter: 42 },
  },
  {
    name: '429 secondary limit',
    befalls: always,
    group: 'limit',
    does: { kind: 'secondary-limit', status: 429 },
  },
  {
    name: 'primary limit',
    befalls: hasToken,
    group: 'limit',
    does: { kind: 'primary-limit', resetIn: 90 },
  },
  {
    name: 'token expired',
    befalls: hasToken,
    group: 'limit',
    does: { kind: 'token-expired' },
  },
  { name: 'outage', befalls: always, does: { kind: 'status', status: 503 }, times: OUTAGE, mayBeLost: true },
  {
    name: '409 on a ref',
    group: 'ref',
    befalls: ({ operation }) => operation === 'git/get-ref' || operation === 'git/create-ref',
    does: answer(409, 'Git Repository is empty.'),
    mayBeLost: true,
  },
  {
    name: '422 on a ref, already exists',
    group: 'ref',
    befalls: ({ operation }) => operation === 'git/create-ref',
    does: answer(422, 'Reference already exists'),
    mayBeLost: true,
  },
  {
    name: '422 on a ref, update failed',
    group: 'ref',
    befalls: ({ operation }) => operation === 'git/create-ref',
    does: answer(422, 'Reference update failed'),
    mayBeLost: true,
  },
  {
    name: 'refused move of a ref',
    group: 'ref',
    mayBeLost: true,
    befalls: ({ operation }) => operation === 'updateRefs',
    does: {
      kind: 'answer',
      status: 200,
      body: {
        data: { updateRefs: null },
        errors: [{ type: 'UNPROCESSABLE', path: ['updateRefs'], message: 'Reference update failed' }],
      },
    },
  },
  {
    name: 'race on a ref',
    group: 'ref',
    befalls: isRef,
    does: ({ person }) => ({
      kind: 'race',
      act: () => void person('ana', 'write').push('main', { 'README.md': 'pushed meanwhile\n' }),
    }),
    isOtherStory: true,
  },
  {
    name: 'killed before the effect',
    befalls: always,
    does: { kind: 'drop' },
    kills: 'process',
    mayBeLost: true,
  },
  {
    name: 'killed after the effect',
    befalls: isWrite,
    does: { kind: 'drop', effect: true },
    kills: 'process',
    mayBeLost: true,
  },
  {
    name: 'killed after the effect, store lost',
    befalls: isWrite,
    does: { kind: 'drop', effect: true },
    kills: 'process-and-store',
    mayBeLost: true,
  },
];

function answer(status: number, message: string): FaultKind {
  return { kind: 'answer', status, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}
