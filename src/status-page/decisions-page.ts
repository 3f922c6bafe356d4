import { describeRef } from '../kubernetes/objects.ts';
import type { Action } from '../model/decision.ts';
import { link, markup, type Html } from '../untrusted/html.ts';
import { ownText, sentenceOf } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { PageContent } from './layout.ts';
import { pageOf, pagesNav } from './paging.ts';
import { badge, type Tone } from './state.ts';
import { tableOf, type Column } from './table.ts';
import { agoOf } from './times.ts';
import type { DecisionsView, ShownDecision } from './views.ts';

const PER_PAGE = 50;
/** Choices of one box. */
const MOST_CHOICES = 500;

const COLUMNS: readonly Column[] = [
  { title: 'Incident', width: 'third' },
  { title: 'Decision' },
  { title: 'Why', width: 'half' },
  { title: 'Last seen', width: 'small' },
];

export const ACTIONS: Readonly<Record<Action, { readonly label: string; readonly tone: Tone }>> = {
  'auto-fix': { label: 'Auto-merge', tone: 'violet' },
  propose: { label: 'Propose', tone: 'green' },
  escalate: { label: 'A person decides', tone: 'red' },
  monitor: { label: 'Watch only', tone: 'grey' },
  decline: { label: 'No edit', tone: 'amber' },
};

/** What a reader asks for; null for any. `all`: also what is over. */
export interface DecisionFilter {
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly rule: string | null;
  readonly action: string | null;
  readonly all: boolean;
}

/** `GET /decisions`: what was decided about each incident, and why nothing is done about the others. */
export function decisionsPage(
  { now, decisions }: DecisionsView,
  filter: DecisionFilter,
  page: number,
): PageContent {
  const found = decisions.filter((one) => isWanted(one, filter));
  const paged = pageOf(found, page, PER_PAGE);
  const rows = paged.shown.map((one) => ({
    tone: one.isNow ? ACTIONS[one.decision.action].tone : '',
    cells: cellsOf(one, now),
  }));
  return {
    title: 'Decisions',
    of: 'decisions',
    now,
    content: markup`<h1>Decisions</h1>
<p class="lead">What Faultline decided about each incident, and by which line of the policy.</p>
${filterForm(decisions, filter)}
<p class="small" role="status">${found.length === 0 ? 'Nothing matches.' : `${found.length} of ${decisions.length} remembered.`} ${countsOf(found)}</p>
${tableOf('Decisions', COLUMNS, rows)}
${pagesNav(paged, (other) => addressOf(filter, other))}`,
  };
}

function isWanted(
  { cluster, object, rule, decision, isNow }: ShownDecision,
  filter: DecisionFilter,
): boolean {
  return (
    (filter.all || isNow) &&
    (filter.cluster === null || filter.cluster === cluster) &&
    (filter.namespace === null || filter.namespace === (object.namespace ?? '')) &&
    (filter.rule === null || filter.rule === rule) &&
    (filter.action === null || filter.action === decision.action)
  );
}

function cellsOf(
  { fingerprint, object, cluster, rule, cause, decision, lastSeen, isNow }: ShownDecision,
  now: number,
): readonly Html[] {
  const { action, reason, draft, policy } = decision;
  const isNamed = reason.includes(policy.split(' (')[0]!);
  return [
    markup`<span class="name">${link(`./incidents/${fingerprint}`, describeRef(object))}</span>
<ul class="facts"><li>${cluster}</li><li>${ownText(`${rule}, ${cause}`)}</li>${isNow ? null : markup`<li>over</li>`}</ul>`,
    markup`${badge(ACTIONS[action])}${draft ? ' as a draft' : null}`,
    markup`${sentence(sentenceOf(reason))}${isNamed ? null : markup`<div class="small">Policy: <code>${policy}</code></div>`}`,
    agoOf(lastSeen, now),
  ];
}

function countsOf(decisions: readonly ShownDecision[]): string {
  const actions = Object.keys(ACTIONS) as readonly Action[];
  return actions
    .map(
      (action) =>
        [decisions.filter((one) => one.decision.action === action).length, ACTIONS[action].label] as const,
    )
    .filter(([number]) => number > 0)
    .map(([number, label]) => `${label}: ${number}`)
    .join(', ');
}

/** A form that a browser sends as a query: no script reads it. */
function filterForm(decisions: readonly ShownDecision[], filter: DecisionFilter): Html {
  const of = (value: (one: ShownDecision) => string): readonly string[] =>
    [...new Set(decisions.map(value))].toSorted().slice(0, MOST_CHOICES);
  const plain = (values: readonly string[]): Choices => values.map((value) => [value, value]);
  const actions = Object.entries(ACTIONS).map(([action, { label }]) => [action, label] as const);
  return markup`<form class="filter" method="get" action="./decisions" role="search" aria-label="Decisions">
${select('cluster', 'Cluster', plain(of(({ cluster }) => cluster)), filter.cluster)}
${select('namespace', 'Namespace', plain(of(({ object }) => object.namespace ?? '').filter((name) => name !== '')), filter.namespace)}
${select('rule', 'Rule', plain(of(({ rule }) => rule)), filter.rule)}
${select('action', 'Decision', actions, filter.action)}
${select('when', 'Incidents', [['all', 'also those that are over']], filter.all ? 'all' : null, 'now')}
<button>Show</button></form>`;
}

type Choices = readonly (readonly [value: string, label: string])[];

function select(name: string, label: string, choices: Choices, chosen: string | null, any = 'any'): Html {
  const known =
    chosen === null || choices.some(([value]) => value === chosen)
      ? choices
      : [...choices, [chosen, chosen] as const];
  const options = known.map(([value, shown]) =>
    value === chosen
      ? markup`<option value="${value}" selected>${shown}</option>`
      : markup`<option value="${value}">${shown}</option>`,
  );
  return markup`<div><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">${any}</option>${options}</select></div>`;
}

function addressOf({ cluster, namespace, rule, action, all }: DecisionFilter, page: number): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ cluster, namespace, rule, action, when: all ? 'all' : null }))
    if (value !== null) query.set(name, value);
  query.set('page', String(page));
  return `?${query.toString().replace(/'/g, '%27')}`;
}
