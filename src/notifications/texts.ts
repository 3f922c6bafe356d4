import { describeRef } from '../kubernetes/objects.ts';
import { heading, item, list, paragraph, type Block, type Item } from '../model/block.ts';
import type { Named, Story, StoryOutcome } from '../model/story.ts';
import { utc } from '../kubernetes/times.ts';
import { urlPath } from '../untrusted/markdown.ts';
import {
  counted,
  linked,
  ownText,
  plainText,
  prose,
  sentenceOf,
  type Prose,
  type Untrusted,
} from '../untrusted/prose.ts';

/** What a message is made of, whoever carries it. */
export interface Text {
  readonly title: Prose;
  readonly blocks: readonly Block[];
  readonly news: readonly Block[];
  readonly facts: Readonly<Record<string, unknown>>;
}

const STATES: Readonly<Record<StoryOutcome, string>> = {
  found: 'Failing',
  monitored: 'Watching',
  declined: 'No fix in git',
  escalated: 'Needs a person',
  proposed: 'Fix proposed',
  merged: 'Fix merged',
  closed: 'Proposal closed',
  resolved: 'Resolved',
  failed: 'Fix did not hold',
  recovered: 'Recovered',
};

/** One incident, as far as it has come. @param outcome what the message is about: the story's own, or `recovered` */
export function storyText(story: Story, outcome: StoryOutcome): Text {
  const { object, rule, cause, summary } = story;
  const state = story.severity === 'warning' && outcome === 'found' ? 'Will fail' : STATES[outcome];
  const what = prose`${ownText(state)}: ${describeRef(object)}`;
  const title = prose`${what} (${rule}, ${cause.replaceAll('-', ' ')})`;
  const reason = outcome === 'recovered' && story.outcome !== 'recovered' ? NOT_SEEN : story.reason;
  const said = reason === null ? [] : [paragraph(sentenceOf(reason))];
  return {
    title,
    blocks: [heading(what), paragraph(sentenceOf(summary)), ...said, ...list(itemsOf(story))],
    news: [paragraph(prose`${ownText(state)}.`), ...said, ...list(linksOf(story))],
    facts: { event: outcome, title: plainText(title), reason, incident: factsOf(story) },
  };
}

const NOT_SEEN = 'no scan has seen the failure for 15 minutes, and nothing was merged for it';

function itemsOf(story: Story): readonly Item[] {
  const { cluster, rule, cause, object, culprit, site } = story;
  return [
    item(prose`${rule}, ${cause.replaceAll('-', ' ')}`, { lead: ownText('Cause:') }),
    item(prose`${cluster}`, { lead: ownText('Cluster:') }),
    ...(isSame(object, culprit) ? [] : [item(prose`${describeRef(culprit)}`, { lead: ownText('Culprit:') })]),
    ...(site === null
      ? []
      : [item(prose`${`${site.file}:${site.line}`} in ${site.repository}`, { lead: ownText('Line:') })]),
    ...linksOf(story),
  ];
}

function linksOf({ pullRequest, issue }: Story): readonly Item[] {
  return [
    ...(pullRequest === null
      ? []
      : [
          item(
            prose`${linked(`pull request ${pullRequest.number}`, checked(pullRequest.url))} ${pullRequest.title}`,
            {
              lead: ownText('Proposal:'),
            },
          ),
        ]),
    ...(issue === null
      ? []
      : [
          item(prose`${linked(`issue ${issue.number}`, checked(issue.url))} in ${issue.repository}`, {
            lead: ownText('Report:'),
          }),
        ]),
  ];
}

/** An address of GitHub's, taken apart and put together again. */
function checked(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, origin, pathname } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? `${origin}${urlPath(decodedPath(pathname))}` : null;
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '/';
  }
}

function isSame(one: Named, other: Named): boolean {
  return one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;
}

/** What programs read: masked, as the store has it. */
function factsOf({
  summary,
  firstSeen,
  goneSince,
  swings: _swings,
  ...story
}: Story): Readonly<Record<string, unknown>> {
  return {
    ...story,
    summary: plainText(sentenceOf(summary)),
    firstSeen: new Date(firstSeen).toISOString(),
    notSeenSince: goneSince === null ? null : new Date(goneSince).toISOString(),
  };
}

/** Why several messages are one. */
export type Together = { readonly why: 'quiet-hours' } | { readonly why: 'many' };

/** Several incidents in one message, those that need a person in front. */
export function storiesText(
  told: readonly { readonly story: Story; readonly outcome: StoryOutcome }[],
  { why }: Together,
): Text {
  const title =
    why === 'quiet-hours'
      ? prose`${counted(told.length, 'message')} held for quiet hours`
      : prose`${counted(told.length, 'message')} at once`;
  const ordered = [...told].sort((one, other) => ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome));
  const items = ordered.map(({ story, outcome }) => storyItem(story, outcome));
  return {
    title,
    blocks: [heading(title), ...list(items, 40)],
    news: [paragraph(title)],
    facts: {
      event: 'several',
      title: plainText(title),
      why,
      incidents: ordered.map(({ story, outcome }) => ({ event: outcome, ...factsOf(story) })),
    },
  };
}

const ORDER: readonly StoryOutcome[] = [
  'escalated',
  'failed',
  'found',
  'proposed',
  'declined',
  'closed',
  'merged',
  'monitored',
  'resolved',
  'recovered',
];

function storyItem(story: Story, outcome: StoryOutcome): Item {
  const { object, cluster, rule, cause, pullRequest } = story;
  const link: Untrusted | Prose =
    pullRequest === null
      ? ownText('')
      : prose`: ${linked(`pull request ${pullRequest.number}`, checked(pullRequest.url))}`;
  return item(prose`${describeRef(object)} in ${cluster}, ${rule}, ${cause.replaceAll('-', ' ')}${link}`, {
    lead: ownText(`${STATES[outcome]}:`),
  });
}

/** What happened in a period, and what fails still. */
export function digestText(
  { from, to, lines }: { readonly from: number; readonly to: number; readonly lines: readonly Prose[] },
  failing: readonly Story[],
): Text {
  const days = Math.round((to - from) / 86_400_000);
  const title = prose`${ownText(days > 1 ? 'Weekly' : 'Daily')} digest: ${counted(failing.length, 'incident')} open`;
  return {
    title,
    blocks: [
      heading(title),
      paragraph(prose`From ${utc(from)} to ${utc(to)}.`),
      ...list(lines.map((line) => item(line))),
      ...(failing.length === 0
        ? [paragraph(ownText('No incident is open'))]
        : [
            heading('Open now'),
            ...list(
              failing.map((story) => storyItem(story, story.outcome)),
              20,
            ),
          ]),
    ],
    news: [],
    facts: {
      event: 'digest',
      title: plainText(title),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      lines: lines.map(plainText),
      open: failing.map(factsOf),
    },
  };
}
