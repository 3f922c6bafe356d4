import { printMarker, withMarker } from '../pull-requests/marker.ts';
import type { ClosedBecause } from '../pull-requests/marker-details.ts';
import { valueHash } from '../pull-requests/watched.ts';
import { ownText, type Prose } from '../untrusted/prose.ts';
import { StatusKeeper } from './keep-status.ts';
import { callOff } from './merge.ts';
import { titleOf } from './open.ts';
import type { Own } from './own.ts';
import type { OutcomeKind } from './outcome.ts';
import { planAbsent, type AbsentReason, type AbsentSituation } from './plan-absent.ts';
import { awayOf } from './away.ts';
import { recordEnd } from './record.ts';
import { noteMarker, type Run } from './run.ts';
import { isReadable, isFor } from './seen.ts';
import { fieldNamed } from '../kubernetes/field-path.ts';

export interface Settled {
  readonly kind: Extract<OutcomeKind, 'closed' | 'quiet' | 'unchanged' | 'handed-off'>;
  readonly why: Prose;
}

const REASONS: Readonly<Record<AbsentReason, string>> = {
  'in-other-hands': 'somebody else takes care of it',
  'other-cluster': 'it is for another cluster',
  'held-back': 'the incident goes on, and no change is asked for now',
  unknown: 'whether the failure is over is not known',
};

const CLOSED: Readonly<Record<ClosedBecause, string>> = {
  'already-so': 'git renders the value that was wanted',
  'other-value': 'git renders another value than the one that failed',
  removed: 'git no longer renders what it would change',
};

/** Deals with an open pull request that no proposal of this run asks for. */
export async function settleAbsent(run: Run, own: Own): Promise<Settled> {
  const plan = planAbsent(await situationOf(run, own));
  switch (plan.do) {
    case 'nothing':
      if (own.pull.autoMerge && plan.why !== 'other-cluster') await noLonger(run, own, REASONS[plan.why]);
      return {
        kind: plan.why === 'in-other-hands' ? 'handed-off' : 'unchanged',
        why: ownText(REASONS[plan.why]),
      };
    case 'say-quiet': {
      await noLonger(run, own, 'the failure has stopped');
      const away = await awayOf(run, own.marker);
      if (!away.isForLong)
        return {
          kind: 'unchanged',
          why: ownText('the failure stopped a short while ago, and may come back'),
        };
      await (await StatusKeeper.of(run, own)).say({ kind: 'quiet', because: away.because });
      return { kind: 'quiet', why: titleOf(own.pull) };
    }
    case 'close':
      await close(run, own, plan.because);
      return { kind: 'closed', why: ownText(CLOSED[plan.because]) };
  }
}

async function situationOf(run: Run, own: Own): Promise<AbsentSituation> {
  const { marker } = own;
  const isHere = marker !== null && (marker.clusters?.[0] ?? run.report.cluster) === run.report.cluster;
  const seen = run.report.results.filter(({ incident }) => isFor(marker, incident));
  const isSettled = seen.some(({ located }) => located?.kind === 'declined' && located.code === 'already-so');
  return {
    own,
    isHere,
    incident: seen.length > 0 ? 'seen' : isReadable(run, marker) ? 'gone' : 'unknown',
    rendered: isSettled ? 'after' : isHere ? await renderedNow(run, own) : 'unknown',
  };
}

/** One field that is not what it was is enough: the edit as a whole is for what was there. */
async function renderedNow({ repository }: Run, { marker, pull }: Own): Promise<AbsentSituation['rendered']> {
  const { watch = [], objects = [] } = marker ?? {};
  const states = await Promise.all(
    watch.map(async ({ object, field, before, after }) => {
      const found = objects[object] && (await repository.rendered(pull.base, objects[object], field));
      if (!found) return 'unknown';
      const now = valueHash(fieldNamed(field), found.value);
      if (now === before) return 'before';
      if (now === after) return 'after';
      return found.value === undefined ? 'nothing' : 'other';
    }),
  );
  if (states.length === 0 || states.includes('unknown')) return 'unknown';
  if (states.every((state) => state === 'nothing')) return 'nothing';
  if (states.includes('other') || states.includes('nothing')) return 'other';
  if (states.every((state) => state === 'after')) return 'after';
  return states.includes('after') ? 'other' : 'before';
}

/** Only a change that this run proposes and proves may auto-merge. */
async function noLonger(run: Run, own: Own, why: string): Promise<void> {
  await callOff(run, own, await StatusKeeper.of(run, own), ownText(why));
}

/** The comment first: once the pull request is closed, no later run reads it. */
async function close(run: Run, own: Own, because: ClosedBecause): Promise<void> {
  const { host, store, now } = run;
  const { pull, marker } = own;
  const status = await StatusKeeper.of(run, own);
  await status.say({ kind: because });
  const closed = { ...marker!, closed: because };
  const body = withMarker(pull.body, closed);
  await noteMarker(run, own, printMarker(closed));
  await host.updatePullRequest(pull.number, { body, state: 'closed' });
  await store.audit.append(
    'pull-request',
    { repository: host.repository, number: pull.number, closed: because },
    now,
  );
  await recordEnd(run, { ...own, marker: closed, pull: { ...pull, state: 'closed', closedAt: now } });
}
