import { describe, expect, test } from 'vitest';
import type { HostComment } from '../../src/github/host.ts';
import { oddSentences } from '../odd-sentences.ts';
import { statusComment, type StatusCommentInput } from '../../src/lifecycle/status-comment.ts';
import { findStatus, statusLine } from '../../src/lifecycle/status-line.ts';
import { NOTHING_YET, withEvent, type Event, type Status } from '../../src/lifecycle/status.ts';
import type { Verification } from '../../src/lifecycle/verification.ts';
import { deployment, NOW } from '../pull-requests/proposals.ts';

const BOT = 'faultline[bot]';
const SHA = '4be1f02c9d3a5577e0b1c2d3e4f5a6b7c8d9e0f1';
const AUDIT = { sequence: 42, hash: 'c07d88fa951eace5' };

const EVENTS: readonly Event[] = [
  { kind: 'evidence', evidence: ['tag-not-found:registry'] },
  { kind: 'incidents', count: 2 },
  { kind: 'rebuilt', commit: SHA, because: 'base-changed' },
  { kind: 'handed-off', head: SHA },
  { kind: 'handed-back' },
  { kind: 'quiet' },
  { kind: 'back' },
  { kind: 'merging', head: SHA },
  { kind: 'merging-off', why: 'a freeze is on' },
  { kind: 'refused', head: SHA, why: 'Base branch was modified' },
  { kind: 'consent-over', head: SHA },
  { kind: 'already-so' },
  { kind: 'other-value' },
];

const seen = [{ object: deployment('web'), summary: 'Container server of Deployment shop/web crashes.' }];
const VERIFICATIONS: readonly Verification[] = [
  { phase: 'waiting', failing: [deployment('web')], isLate: false },
  { phase: 'waiting', failing: [], isLate: true },
  { phase: 'watching', failing: [], appliedAt: NOW, quietSince: null },
  { phase: 'watching', failing: [], appliedAt: NOW, quietSince: NOW },
  { phase: 'resolved', appliedAt: NOW, quietSince: NOW + 720_000, at: NOW + 2_000_000 },
  { phase: 'still-failing', appliedAt: NOW, at: NOW + 720_000, seen },
  { phase: 'worse', appliedAt: NOW, at: NOW, seen, revert: null },
  { phase: 'worse', appliedAt: NOW, at: NOW, seen, revert: { number: 13 } },
  { phase: 'worse', appliedAt: NOW, at: NOW, seen, revert: { declined: 'another root would change too' } },
  { phase: 'not-applied', at: NOW },
  { phase: 'overtaken', at: NOW },
];

function textOf(status: Status): string {
  const input: StatusCommentInput = {
    status,
    mergedAt: NOW,
    quiet: 900_000,
    remote: { slug: 'acme/infra', url: 'https://github.com/acme/infra' },
    audit: AUDIT,
  };
  const text = statusComment(input);
  expect(oddSentences(text)).toEqual([]);
  return text;
}

function comment(body: string, author = BOT, id = 1): HostComment {
  return { id, author, body, isBot: false, url: '', createdAt: 0, updatedAt: 0 };
}

const everything: Status = {
  entries: EVENTS.map((event, index) => ({ ...event, at: NOW + index * 60_000 })),
  merging: { state: 'on', head: SHA },
  verification: null,
};

describe('the status in a comment', () => {
  test.each<[string, Status]>([
    ['nothing yet', NOTHING_YET],
    ['every event', everything],
    ...VERIFICATIONS.map((verification): [string, Status] => [
      `${verification.phase} ${JSON.stringify(verification).length}`,
      { ...NOTHING_YET, verification },
    ]),
  ])('is read back: %s', (_what, status) => {
    expect(findStatus([comment(textOf(status))], BOT)?.status).toEqual(status);
    expect(findStatus([comment(textOf(status).replaceAll('\n', '\r\n'))], BOT)?.status).toEqual(status);
  });

  test.each<[string, HostComment[]]>([
    ['of somebody else', [comment(textOf(everything), 'mallory')]],
    ['that is quoted', [comment(`${textOf(everything)}\n\nas Faultline said`)]],
    ['in the middle of a line', [comment(`> ${statusLine(everything, null)}`)]],
    ['of another version', [comment(statusLine(everything, null).replace('status:1', 'status:2'))]],
  ])('is none %s', (_what, comments) => {
    expect(findStatus(comments, BOT)).toBeNull();
  });

  test.each([
    ['not base64', '!!!'.replaceAll('!', '-')],
    ['not JSON', Buffer.from('{').toString('base64url')],
    ['something else', Buffer.from('[1]').toString('base64url')],
    [
      'an unknown event',
      Buffer.from(JSON.stringify({ ...NOTHING_YET, entries: [{ kind: 'x', at: 1 }] })).toString('base64url'),
    ],
    [
      'a phase without its parts',
      Buffer.from(JSON.stringify({ ...NOTHING_YET, verification: { phase: 'worse' } })).toString('base64url'),
    ],
  ])('is begun anew in the same comment when its line is %s', (_what, encoded) => {
    const found = findStatus([comment(`x\n\n<!-- faultline:status:1 ${encoded} -->`, BOT, 7)], BOT);
    expect(found).toMatchObject({ id: 7, status: NOTHING_YET });
  });

  test('carries where the audit log stood', () => {
    expect(textOf(NOTHING_YET).endsWith(' audit=42:c07d88fa951eace5 -->')).toBe(true);
  });
});

describe('events', () => {
  test('are told once', () => {
    const once = withEvent(NOTHING_YET, { kind: 'quiet' }, 1);
    expect(withEvent(once, { kind: 'quiet' }, 2)).toBe(once);
  });

  test('are told again after what ended them', () => {
    const back = withEvent(withEvent(NOTHING_YET, { kind: 'quiet' }, 1), { kind: 'back' }, 2);
    expect(withEvent(back, { kind: 'quiet' }, 3).entries).toEqual([{ kind: 'quiet', times: 1, at: 3 }]);
  });

  test('of a failure that comes and goes are one line, which counts', () => {
    let status = withEvent(NOTHING_YET, { kind: 'handed-back' }, 0);
    for (let at = 1; at <= 10; at += 1)
      status = withEvent(status, at % 2 === 1 ? { kind: 'quiet' } : { kind: 'back' }, at);
    expect(status.entries).toEqual([
      { kind: 'handed-back', at: 0 },
      { kind: 'back', times: 5, at: 10 },
    ]);
    expect(textOf(status)).toContain('The failure returned, as it has 5 times so far');
    expect(withEvent(status, { kind: 'back' }, 11)).toBe(status);
  });

  test.each([
    [undefined, 'The failure has stopped, but git still contains the value'],
    ['scaled-to-zero', 'The workload is scaled to zero'],
    ['deleted', 'The workload was deleted from the cluster; git still contains it'],
    ['namespace-deleted', 'The namespace was deleted from the cluster'],
  ] as const)('of a failure that is away say why: %s', (because, said) => {
    const status = withEvent(NOTHING_YET, { kind: 'quiet', ...(because && { because }) }, 1);
    expect(textOf(status)).toContain(said);
  });

  test('of long ago are forgotten', () => {
    let status = NOTHING_YET;
    for (let count = 1; count <= 50; count += 1)
      status = withEvent(status, { kind: 'merging-off', why: `reason ${count}` }, count);
    expect(status.entries).toHaveLength(12);
    expect(status.entries.at(-1)).toEqual({ kind: 'merging-off', why: 'reason 50', at: 50 });
  });

  test('of a fault that spreads are one line, with the number of now', () => {
    let status = NOTHING_YET;
    for (const total of [3, 7, 12]) status = withEvent(status, { kind: 'incidents', count: 1, total }, total);
    expect(status.entries).toHaveLength(1);
    expect(textOf(status)).toContain('The same cause has 12 incidents by now');
  });
});

describe('the text', () => {
  const after = (...events: readonly Event[]): string =>
    textOf(events.reduce((status, event, index) => withEvent(status, event, index), NOTHING_YET));
  const merging: Event = { kind: 'merging', head: SHA };
  const evidence: Event = { kind: 'evidence', evidence: ['tag-not-found:registry'] };
  const handedOff: Event = { kind: 'handed-off', head: SHA };

  test.each<[string, readonly Event[], string]>([
    ['new evidence does not stop a merge', [merging, evidence], '**GitHub auto-merges this'],
    [
      'a push outweighs what it switched off',
      [merging, handedOff, { kind: 'merging-off', why: 'x' }],
      '**Somebody else',
    ],
    [
      'a branch that was handed back is ours again',
      [handedOff, { kind: 'handed-back' }],
      '**Waiting for review.**',
    ],
    ['back is not quiet', [{ kind: 'quiet' }, { kind: 'back' }], '**Waiting for review.**'],
    ['closed is closed', [{ kind: 'other-value' }, evidence], '**Closed'],
  ])('%s', (_what, events, start) => {
    expect(after(...events).startsWith(start)).toBe(true);
  });

  test.each(EVENTS.map((event) => [event.kind, event] as const))(
    'says first how things stand: %s',
    (_kind, event) => {
      expect(textOf(withEvent(NOTHING_YET, event, NOW))).toMatch(/^\*\*[^*]+\*\*/);
    },
  );

  test.each([
    'ping @admins',
    'closes #12',
    '<!-- faultline:status:1 e30 -->',
    'x\n\n# heading\n\n<img src=x>',
    '**bold** [link](https://evil.example)',
  ])('shows what GitHub and the cluster say as data: %j', (hostile) => {
    const refused = textOf(withEvent(NOTHING_YET, { kind: 'refused', head: SHA, why: hostile }, NOW));
    const worse = textOf({
      ...NOTHING_YET,
      verification: {
        phase: 'worse',
        appliedAt: NOW,
        at: NOW,
        seen: [{ object: deployment('web'), summary: hostile }],
        revert: { declined: hostile },
      },
    });
    for (const text of [refused, worse]) {
      const visible = text.slice(0, text.lastIndexOf('\n')).replaceAll(/`[^`]*`/g, '');
      expect(visible).not.toMatch(/@admins|#12|<img|<!--|\[link\]|^# /m);
      expect(text.replaceAll(/https:\/\/github\.com\S+/g, '')).not.toMatch(/@admins|#12/);
    }
  });
});
