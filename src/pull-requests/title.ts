import type { Finding } from '../model/finding.ts';
import { title } from '../untrusted/markdown.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { orderedChanges } from './site.ts';
import { wordingOf, type Wording } from '../model/change-wording.ts';

/** GitHub cuts longer titles of commits. */
const LIMIT = 72;

/**
 * A Conventional Commit title that names workload and change: `fix(cart): restore image tag 2.14.3 (2.15.1 does not exist)`.
 * Too long, it loses what is in parentheses first, then the end of the value, then of the workload's name.
 */
export function pullRequestTitle(proposal: Proposal): string {
  const { finding } = proposal.incidents[0]!;
  const change = orderedChanges(proposal)[0]!;
  const wording = wordingOf(change);
  const workload = title(prose`${finding.object.name}`);
  const subject = `${wording.verb} ${title(wording.what)}`;
  const to = wording.to === null || isOwnName(wording) ? '' : ` ${preposition(wording)}${title(wording.to)}`;
  const detail = detailOf(finding, wording);
  const full = `fix(${workload}): ${subject}${to}`;
  if (detail !== null && full.length + title(detail).length + 3 <= LIMIT) return `${full} (${title(detail)})`;
  if (full.length <= LIMIT) return full;
  const scope = shortened(workload, 28);
  return shortened(
    `fix(${scope}): ${subject}${shortened(to, Math.max(12, LIMIT - subject.length - scope.length - 7))}`,
    LIMIT,
  );
}

/** `raise memory limit to 768Mi`, but `mount ConfigMap message-templates`. */
function preposition({ verb }: Wording): string {
  return verb === 'raise' || verb === 'lower' || verb === 'set' ? 'to ' : '';
}

/** Variables and keys are named themselves; their values are better read in the diff. */
function isOwnName({ what, verb }: Wording): boolean {
  return verb === 'restore' && /^(?:variable|key) /.test(what.parts[0]!);
}

function detailOf({ cause, guards, terms }: Finding, { from, verb }: Wording): Prose | null {
  // The tag may well exist.
  if (cause === 'digest-not-found') return prose`the digest does not exist`;
  // Without a witness, "not found" may hide a permission.
  const isSure = guards.every(({ kind }) => kind !== 'draft');
  if (terms?.wrongElsewhere === 'image' && from !== null)
    return isSure ? prose`${from} does not exist` : prose`${from} cannot be pulled`;
  if (cause.endsWith('-renamed')) return prose`renamed`;
  if (verb === 'remove') return from === null ? null : prose`was ${from}`;
  return verb === 'mount' || (verb === 'use' && from !== null) ? prose`was ${from ?? ''}` : null;
}

function shortened(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `${text
        .slice(0, limit - 1)
        .trimEnd()
        .toWellFormed()}…`;
}
