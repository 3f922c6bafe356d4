import { beforeHash, printMarker, withMarker, type Marker } from '../pull-requests/marker.ts';
import { knownHead, writeBranch } from './branches.ts';
import { editHash, textHash } from './description.ts';
import { hasLabels } from './open.ts';
import { ownAmong, revertBranch, type Own } from './own.ts';
import { revertBody } from './revert-body.ts';
import { revertMessage, revertTitle } from './revert-title.ts';
import { anchorOf, noteAnchor, noteMarker, type Inverse, type Run } from './run.ts';
import type { Verification } from './verification.ts';

type Worse = Extract<Verification, { phase: 'worse' }>;

const LABELS = ['faultline', 'faultline: revert'];

/**
 * The one pull request that takes a merged one back, proven on the head of the base. It never auto-merges: when a change
 * made things worse, or somebody asks for it, a person decides what comes next. Null when the next run has to try again.
 */
export async function revertOnce(
  run: Run,
  own: Own,
  why: Pick<Worse, 'seen'> & { readonly askedBy?: string },
): Promise<Worse['revert']> {
  const { host, repository } = run;
  const { pull, marker } = own;
  const isIts = ({ reverts }: Own): boolean => reverts === pull.number;
  const existing =
    run.own.find(isIts) ?? (await ownAmong(await host.pullRequestsFrom(revertBranch(own)), run)).find(isIts);
  if (existing) {
    if (hasLabels(run) && existing.pull.labels.length === 0 && existing.pull.state === 'open')
      await host.addLabels(existing.pull.number, LABELS);
    return { number: existing.pull.number };
  }
  if (marker === null) return { declined: 'its description no longer says what it changed' };
  const { objects = [], watch = [] } = marker;
  const inverse = await repository.revert({
    number: pull.number,
    base: pull.base,
    mergeCommit: pull.mergeCommit,
    fields: watch.flatMap(({ object, field }) =>
      objects[object] ? [{ object: objects[object], field }] : [],
    ),
  });
  if (inverse.kind === 'declined') return { declined: inverse.reason };
  const branch = revertBranch(own);
  const current = await knownHead(run, branch);
  const message = revertMessage(pull, inverse, why.askedBy ?? null);
  const written = await writeBranch(run, branch, message, inverse, current);
  if (written.kind === 'others') return { declined: `somebody else has commits on the branch ${branch}` };
  return written.kind === 'moved-on' ? null : openRevert(run, own, why, inverse, branch, written.head);
}

async function openRevert(
  run: Run,
  { pull, digits, marker: merged }: Own,
  { seen, askedBy }: Pick<Worse, 'seen'> & { readonly askedBy?: string },
  inverse: Inverse,
  branch: string,
  head: string,
): Promise<Worse['revert']> {
  const { host, store, now } = run;
  const audit = await anchorOf(run);
  const title = revertTitle(pull);
  const details: Marker = {
    version: 1,
    fingerprints: merged!.fingerprints,
    key: merged!.key,
    before: beforeHash(inverse),
    proven: inverse.commit,
    head,
    edit: editHash(inverse),
    text: '0'.repeat(12),
    written: now,
    reverts: pull.number,
    ...(audit ? { audit } : {}),
  };
  const body = revertBody({
    merged: pull,
    inverse,
    seen,
    askedBy: askedBy ?? null,
    marker: printMarker(details),
  });
  const marker: Marker = { ...details, text: textHash(title, body) };
  const opened = await host.openPullRequest({
    title,
    body: withMarker(body, marker),
    branch,
    base: pull.base,
    draft: false,
  });
  if (opened === 'exists') return null;
  await noteAnchor(run, opened.number, audit);
  const line = printMarker(marker);
  await noteMarker(run, { pull: opened, line: null }, line);
  run.own.unshift({ pull: opened, marker, digits, reverts: pull.number, line, isEdited: false });
  await store.audit.append(
    'pull-request',
    { repository: host.repository, number: opened.number, opened: true, reverts: pull.number },
    now,
  );
  if (hasLabels(run)) await host.addLabels(opened.number, LABELS);
  return { number: opened.number };
}
