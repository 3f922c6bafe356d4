import type { Action, Decision } from '../model/decision.ts';
import type { Guard } from '../model/finding.ts';
import { inline } from '../untrusted/markdown.ts';
import { prose } from '../untrusted/prose.ts';
import { bulleted, sentence, type Room } from './room.ts';

const ACTIONS: Readonly<Record<Action, string>> = {
  monitor: 'Watch only',
  propose: 'Open a pull request',
  'auto-fix': 'Auto-merge once the required checks pass',
  escalate: 'A person must decide',
  decline: 'No edit',
};

/** What happens, why, by which line of the policy, and what held it back. */
export function decisionSection(
  decision: Decision,
  guards: readonly Guard[],
  room: Pick<Room, 'entries'>,
): string {
  const held = guards.map(
    ({ kind, reason }) => `${kind === 'draft' ? 'Needs a person' : 'No auto-merge'}: ${sentence(reason)}`,
  );
  return [
    '### Decision',
    `**${ACTIONS[decision.action]}.** ${sentence(decision.reason)} ${inline(prose`Policy: ${decision.policy}.`)}`,
    bulleted(held, room),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
