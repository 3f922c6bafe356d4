import { portNumber, type Probe } from '../../facts/probes.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { changedLeaves } from '../../witnesses/changed-leaves.ts';
import type { Known } from './known.ts';
import { changesOf, type ProbeFix, whatOf } from './restore.ts';

/**
 * What the probe should ask by the word of another probe of the container that succeeds: its port, where both ask the same otherwise; or its
 * whole handler, where this one asks the same port in another protocol. Null where none succeeds, or where they differ in more.
 */
export function asSibling(known: Known): ProbeFix | null {
  const { probe, own, succeeding, container } = known;
  const sibling = succeeding.find((one) => isAlikeButPort(one, probe) || isOtherProtocol(one, known));
  if (!sibling) return null;
  const written = container.placed?.container ?? own;
  const [now, good] = [probe, sibling].map(({ name, by }) => ({
    [by]: recordAt(written, `${name}Probe`, by),
  })) as [Record<string, unknown>, Record<string, unknown>];
  const changes = changesOf(known, changedLeaves(now, good));
  if (changes === null || changes.length === 0) return null;
  return {
    changes,
    says: [prose`The ${ownText(sibling.name)} probe of the same container, ${whatOf(sibling)}, succeeds.`],
    evidence: [],
    certainty: [0.9, prose`another probe of the container succeeds this way`],
  };
}

function isAlikeButPort(one: Probe, failing: Probe): boolean {
  return (
    one.by === failing.by &&
    one.by !== 'exec' &&
    one.path === failing.path &&
    one.scheme === failing.scheme &&
    one.host === failing.host &&
    one.port !== failing.port
  );
}

/** A TCP connection says nothing of what is spoken over it. */
function isOtherProtocol(one: Probe, { probe, own }: Known): boolean {
  const isSpoken = one.by === 'httpGet' || one.by === 'grpc';
  return (
    isSpoken && one.by !== probe.by && probe.by !== 'exec' && portNumber(one, own) === portNumber(probe, own)
  );
}
