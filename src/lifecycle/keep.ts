import { HOUR } from '../kubernetes/durations.ts';
import { splitBoxes, tickedIn, withTicks } from '../pull-requests/boxes.ts';
import { commitMessage } from '../pull-requests/commit-message.ts';
import { printMarker, withMarker, withoutMarker, type Marker } from '../pull-requests/marker.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownText, type Prose } from '../untrusted/prose.ts';
import { bringsTheEdit, isOurs, writeBranch } from './branches.ts';
import { describe, editHash, isAsWritten, kindsOf, materialHash, union } from './description.ts';
import { StatusKeeper } from './keep-status.ts';
import { autoMerge } from './merge.ts';
import { finishOpening, isUnfinished, titleOf } from './open.ts';
import type { Own } from './own.ts';
import type { Kept } from './outcome.ts';
import { planOpen, type OpenPlan } from './plan-open.ts';
import { auditOf, recordProposal } from './record.ts';
import { anchorOf, noteAnchor, noteMarker, type Run } from './run.ts';
import { isMerging, lastOf, type KeptStatus } from './status.ts';
import { valuesSetIn } from '../model/change.ts';

/** Brings an open pull request in line with its proposal, then auto-merges it where policy allows it. */
export async function keepOpen(run: Run, own: Own, proposal: Proposal): Promise<Kept> {
  const { now } = run;
  const { pull, marker } = own;
  const ours = marker !== null && (marker.head === pull.head || (await isByUs(run, own, proposal)));
  const plan = planOpen({
    marker,
    head: pull.head,
    isOurs: ours,
    proposal: {
      commit: proposal.commit,
      edit: editHash(proposal),
      material: materialHash(proposal),
      action: proposal.decision.action,
      fingerprints: proposal.incidents.map(({ fingerprint }) => fingerprint),
      clusters: proposal.incidents.map(({ cluster }) => cluster),
      kinds: kindsOf(proposal),
    },
    isAsked:
      JSON.stringify(marker?.set ?? []) !==
      JSON.stringify(valuesSetIn(proposal.incidents[0]!.finding.changes)),
    isRebuildAsked: run.rebuild === pull.number,
    isMarkerEdited: own.isEdited,
    now,
  });
  const status = await StatusKeeper.of(run, own);
  if (plan.do === 'leave') return handOff(run, own, proposal, status, plan.why);
  if (isUnfinished(run, pull) && now - pull.createdAt < HOUR) await finishOpening(run, pull, proposal);
  if (lastOf(status.status, ['handed-off', 'handed-back'])?.kind === 'handed-off')
    await status.say({ kind: 'handed-back' });
  if (lastOf(status.status, ['quiet', 'back'])?.kind === 'quiet') await status.say({ kind: 'back' });
  const { own: kept, done } = await carryOut(run, own, proposal, plan, status);
  await recordProposal(run, kept, proposal, status.comment);
  const merging = await autoMerge(run, kept, proposal, status);
  return merging ?? done;
}

/**
 * Where somebody edited the last line, a commit in our name is no more than that: names can be borrowed, and what it brings decides.
 */
async function isByUs({ host }: Run, { pull, isEdited }: Own, proposal: Proposal): Promise<boolean> {
  return (
    (await isOurs(host, proposal.commit, pull.head)) &&
    (!isEdited || (await bringsTheEdit(host, pull.number, proposal, pull.head)))
  );
}

async function handOff(
  run: Run,
  own: Own,
  proposal: Proposal,
  status: KeptStatus,
  why: Extract<OpenPlan, { do: 'leave' }>['why'],
): Promise<Kept> {
  if (why === 'description-edited')
    return { kind: 'handed-off', why: ownText('somebody removed the last line of its description') };
  await autoMerge(run, own, proposal, status);
  if (lastOf(status.status, ['handed-off', 'handed-back'])?.kind !== 'handed-off')
    await status.say({ kind: 'handed-off', head: own.pull.head });
  return { kind: 'handed-off', why: ownText('somebody else pushed to its branch') };
}

interface CarriedOut {
  readonly own: Own;
  readonly done: Kept;
}

async function carryOut(
  run: Run,
  own: Own,
  proposal: Proposal,
  plan: Exclude<OpenPlan, { do: 'leave' }>,
  status: KeptStatus,
): Promise<CarriedOut> {
  switch (plan.do) {
    case 'nothing':
      return { own, done: { kind: 'unchanged', why: titleOf(own.pull) } };
    case 'describe': {
      await status.sayAll(plan.events);
      const described = await write(run, own, proposal, own.pull.head);
      const why = own.isEdited
        ? ownText('somebody edited the last line of its description, which is restored')
        : titleOf(described.pull);
      return { own: described, done: { kind: 'updated', why } };
    }
    case 'rebuild':
      return rebuild(run, own, proposal, plan, status);
  }
}

/** Writes the branch, then what happened, then the description: after an interruption the next run takes the same steps. */
async function rebuild(
  run: Run,
  own: Own,
  proposal: Proposal,
  { because }: Extract<OpenPlan, { do: 'rebuild' }>,
  status: KeptStatus,
): Promise<CarriedOut> {
  const { host } = run;
  const wait = (why: Prose): CarriedOut => ({ own, done: { kind: 'waiting', why } });
  if ((await host.branchHead(proposal.base)) !== proposal.commit)
    return wait(ownText('the base has moved again'));
  const { branch, head: current } = own.pull;
  const seen = await endConsent(run, own, status);
  const written = await writeBranch(run, branch, commitMessage(proposal), proposal, current);
  if (written.kind !== 'written') return wait(ownText('its branch changed while it was written'));
  await status.say({ kind: 'rebuilt', commit: proposal.commit, because });
  const rebuilt = await write(run, seen, proposal, written.head);
  return { own: rebuilt, done: { kind: 'rebuilt', why: titleOf(rebuilt.pull) } };
}

/** Approval is bound to a commit. GitHub would merge the next one as well. */
async function endConsent({ host, store, now }: Run, own: Own, status: KeptStatus): Promise<Own> {
  const { pull } = own;
  if (!pull.autoMerge || isMerging(status.status)) return own;
  await host.disableAutoMerge(pull.number);
  await status.say({ kind: 'consent-over', head: pull.head });
  await store.audit.append(
    'merge',
    { repository: host.repository, number: pull.number, head: pull.head, switchedOff: 'rebuilt' },
    now,
  );
  return { ...own, pull: { ...pull, autoMerge: false } };
}

/** Title and description. What a person made of them stays; only the marker is brought up to date then. */
async function write(run: Run, own: Own, proposal: Proposal, head: string): Promise<Own> {
  const { host, now, store } = run;
  const { pull, marker: earlier } = own;
  const audit = await anchorOf(run);
  const described = describe({ proposal, head, earlier, now, audit, hasBoxes: run.hasBoxes === true });
  const isOurText = earlier === null || isAsWritten(pull.title, pull.body, earlier);
  const marker: Marker =
    isOurText || earlier?.text === undefined ? described.marker : { ...described.marker, text: earlier.text };
  const title = isOurText ? described.title : pull.title;
  const text = isOurText
    ? described.body
    : withMarker(withBoxesOf(withoutMarker(pull.body), withoutMarker(described.body)), marker);
  // A tick that was not carried out yet stays a command.
  const body = withTicks(text, tickedIn(pull.body, 'pull-request'), 'pull-request');
  const line = printMarker(marker);
  await noteMarker(run, own, line);
  await host.updatePullRequest(pull.number, title === pull.title ? { body } : { title, body });
  await noteAnchor(run, pull.number, audit);
  await store.audit.append(
    'pull-request',
    {
      repository: host.repository,
      number: pull.number,
      updated: true,
      ...(own.isEdited ? { restored: 'the last line of the description, which somebody edited' } : {}),
      ...auditOf(proposal, marker),
    },
    now,
  );
  return replaced(run, { ...own, pull: { ...pull, title, body, head }, marker, line, isEdited: false });
}

/** A person's text, with the boxes that belong to the pull request now. */
function withBoxesOf(theirs: string, ours: string): string {
  const [{ text }, { boxes }] = [splitBoxes(theirs), splitBoxes(ours)];
  return boxes === '' ? text : `${text}\n\n${boxes}`;
}

function replaced(run: Run, own: Own): Own {
  const index = run.own.findIndex(({ pull }) => pull.number === own.pull.number);
  run.own[index] = own;
  return own;
}

/** Fingerprints of a proposal and of the pull request that is for it. */
export function fingerprintsOf(proposal: Proposal, own: Own | null): readonly string[] {
  return union(
    own?.marker?.fingerprints,
    proposal.incidents.map(({ fingerprint }) => fingerprint),
  );
}
