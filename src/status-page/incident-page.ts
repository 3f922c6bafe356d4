import { failures } from '../config/failures.ts';
import { describeRef, type Json } from '../kubernetes/objects.ts';
import { item, list, paragraph, type Block } from '../model/block.ts';
import { confidenceOf, type Chart, type Finding } from '../model/finding.ts';
import type { IncidentResult } from '../model/report.ts';
import { beforeMergingSection, draftBanner } from '../pull-requests/before-merging.ts';
import { decisionLine } from '../pull-requests/decision.ts';
import { evidenceBlocks } from '../pull-requests/evidence.ts';
import { headSection } from '../pull-requests/head.ts';
import { backOffText, chainText, endUnsaid, ruledOutItems } from '../pull-requests/incident-lines.ts';
import { proofDetails, proofSection } from '../pull-requests/proof.ts';
import { commitLink, siteLink } from '../pull-requests/site.ts';
import { commitLine, whatChanged, type Naming } from '../pull-requests/what-changed.ts';
import { markup, link, NO_HTML, type Html } from '../untrusted/html.ts';
import { ownText, plainText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { isBlank, sentence, withoutStart } from '../untrusted/sentences.ts';
import { chartFigure } from '../writers/chart.ts';
import { diffOf, toHtml } from '../writers/html.ts';
import { rootOf, type PageContent } from './layout.ts';
import { culpritName, factsOf } from './overview-page.ts';
import { stateOf } from './state.ts';
import { agoOf } from './times.ts';
import { momentsOf, timelineOf } from './timeline.ts';
import type { IncidentDetail } from './views.ts';

/** Of a diff, in lines: more is read better on GitHub. */
const LINES = 200;
const MOST_EVIDENCE = 40;
const MOST_AFFECTED = 50;

/** `GET /incidents/<fingerprint>`: all that is known of one incident. */
export function incidentPage(detail: IncidentDetail): PageContent {
  const { now, incident, result } = detail;
  const name = culpritName(incident);
  const root = rootOf(1);
  return {
    title: name,
    of: 'incidents',
    now,
    content: markup`<p class="small">${link(root, 'Incidents')} / <code>${incident.fingerprint}</code></p>
<h1>${name}</h1>
<p class="lead">${titleOf(incident.rule)}. ${incident.isForeseen ? 'First sign' : 'Since'} ${agoOf(incident.firstSeen, now)}.</p>
${part('about', 'At a glance', about(detail))}
<div class="split"><div>
${part('what-broke', incident.isForeseen ? 'What will break' : 'What broke', whatBroke(detail))}
${result === null ? remembered(detail) : diagnosedParts(detail, result)}
</div><div>
${part('timeline', 'Timeline', timelineOf(momentsOf(detail)))}
</div></div>`,
  };
}

/** What decides at three in the morning. */
function about({ incident, result }: IncidentDetail): Html {
  const pairs: readonly (readonly [string, Html | null])[] = [
    ['Status', stateOf(incident)],
    ['Line in git', incident.line === null ? null : markup`${incident.line}`],
    ['Where', factsOf(incident)],
    [
      'Repository',
      incident.repository === null ? null : link(incident.remote?.url ?? null, incident.repository),
    ],
    [
      'Confidence',
      result === null ? null : markup`${confidenceOf(result.incident.finding.confidence).toFixed(2)}`,
    ],
  ];
  return markup`<dl class="pairs about">${pairs.map(([name, value]) =>
    value === null ? null : markup`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl>`;
}

function titleOf(rule: string): string {
  return failures.find(({ id }) => id === rule)?.title ?? rule;
}

/** A section with its heading; nothing where it would be empty. */
function part(id: string, title: string, content: Html): Html {
  if (content.toString().trim() === '') return NO_HTML;
  return markup`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `;
}

/** What the store remembers of it. */
function remembered({ proposals }: IncidentDetail): Html {
  const changes = (proposals[0]?.changes ?? []).map(({ object, field, before, after }) =>
    item(prose`${describeRef(object)}, ${field}: ${valueOf(before)} → ${valueOf(after)}`),
  );
  return markup`${part('change', 'The change', blocks('change', list(changes)))}
<p class="small">The last scans of this process do not show it, so its evidence, lines and proof are not here.</p>`;
}

function valueOf(value: Json): Prose {
  return value === null
    ? ownText('not set')
    : prose`${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function whatBroke({ incident, result }: IncidentDetail): Html {
  if (result === null) return markup`<p>${incident.told}</p>`;
  const { finding } = result.incident;
  const why = withoutStart(finding.rootCause, finding.summary);
  const lines: readonly (readonly [string, ReturnType<typeof chainText>])[] = [
    ['Chain:', chainText(result.incident)],
    ['Last end of the container:', endUnsaid(result.incident)],
    ['Waiting:', backOffText(result.incident)],
  ];
  return blocks('what', [
    paragraph(finding.summary),
    ...(isBlank(why) ? [] : [paragraph(why)]),
    ...lines.flatMap(([lead, text]) => (text === null ? [] : [paragraph(text, lead)])),
  ]);
}

function diagnosedParts(detail: IncidentDetail, result: IncidentResult): readonly Html[] {
  const { finding, followers } = result.incident;
  const naming = namingOf(detail, result);
  return [
    part('change', 'The change', theChange(result)),
    part('lines', 'Lines that decide', linesThatDecide(detail, result)),
    part('advice', 'What helps', blocks('advice', list(finding.advice.map((text) => item(sentence(text)))))),
    part('charts', 'Measured', charts([finding, ...followers])),
    part('changed', 'What changed before', whatChangedBefore(result, naming)),
    theEvidence(finding),
    part('ruled-out', 'Ruled out', blocks('ruled', ruledOutItems(finding))),
    part('decision', 'Why this decision', theDecision(result)),
    part('affected', 'Affected', theAffected(finding)),
  ];
}

function namingOf({ incident }: IncidentDetail, { commit }: IncidentResult): Naming {
  const at = { remote: commit === null ? null : incident.remote, commit: commit ?? '' };
  return { commit: (sha) => commitLink(sha, at), place: (site) => siteLink(site, at) };
}

/** The diff with its proof, or why there is none. */
function theChange({ proposal, located }: IncidentResult): Html {
  if (located === null) return NO_HTML;
  if (located.kind === 'declined')
    return blocks('declined', [
      paragraph(sentenceOf(located.reason), 'No edit:'),
      ...list(located.candidates.map((candidate) => item(prose`${candidate}`))),
    ]);
  if (proposal === null) return diffOf(located.diff, LINES);
  const said = headSection(proposal).slice(-1);
  return markup`${blocks('said', [...said, ...draftBanner(proposal)])}${diffOf(located.diff, LINES)}${blocks(
    'proof',
    [...proofSection(proposal), ...beforeMergingSection(proposal), ...proofDetails(proposal)],
  )}`;
}

/** The fields that decide here, each with its value and line. */
function linesThatDecide(detail: IncidentDetail, result: IncidentResult): Html {
  const { blames = [] } = result;
  const { place } = namingOf(detail, result);
  const items = blames.map(({ object, field, value, site, declined, candidates }) => {
    const named = prose`${describeRef(object)}, ${field}: ${value === null ? ownText('not set') : prose`${String(value)}`}`;
    if (site !== null) return item(prose`${named} (${place(site)})`);
    const between = candidates.map((candidate) => prose`${candidate}`);
    return item(declined === null ? named : prose`${named}. ${sentence(sentenceOf(declined))}`, {
      more: between,
    });
  });
  return blocks('lines', list(items));
}

/** The numbers over time that the investigations read. */
function charts(findings: readonly Finding[]): Html {
  const all = findings.flatMap(({ chart }): readonly Chart[] => (chart === null ? [] : [chart]));
  return markup`${all.map((chart, index) => chartFigure(chart, `chart-${index}`))}`;
}

function whatChangedBefore({ incident }: IncidentResult, naming: Naming): Html {
  const changed = whatChanged(incident, naming);
  const { changes, finding } = incident;
  const others = (changes?.commits ?? [])
    .filter((one) => one.changes.length === 0)
    .map(({ commit }) => item(commitLine(commit, finding.firstSeen, naming)));
  return blocks('changed', [
    ...(changed?.since ? [paragraph(prose`${changed.since}; from its template to the current one:`)] : []),
    ...list([...(changed?.items ?? []), ...others]),
  ]);
}

function theDecision({ decision, incident }: IncidentResult): Html {
  const { confidence: factors, guards } = incident.finding;
  return blocks('decision', [
    decisionLine(decision),
    ...list(guards.map(({ reason }) => item(sentence(reason)))),
    ...(factors.length === 0 ? [] : [paragraph(ownText('The confidence is the product of these:'))]),
    ...list(
      factors.map(({ factor, reason }) => item(sentence(reason), { lead: ownText(factor.toFixed(2)) })),
    ),
  ]);
}

function theAffected({ affected, object, culprit }: Finding): Html {
  if (affected.length < 2) return NO_HTML;
  return blocks('affected', [
    paragraph(prose`These suffer from ${describeRef(culprit)}, which shows on ${describeRef(object)} first`),
    ...list(
      affected.map((one) => item(prose`${describeRef(one)}`)),
      MOST_AFFECTED,
    ),
  ]);
}

/** The heading of the blocks says the day where it is the same for all. */
function theEvidence({ evidence }: Finding): Html {
  const [first, ...others] = evidenceBlocks(evidence, MOST_EVIDENCE);
  const title = first?.kind === 'heading' ? plainText(first.text) : 'Evidence';
  return part('evidence', title, blocks('evidence', others));
}

function blocks(id: string, those: readonly Block[]): Html {
  return toHtml(those, { level: 3, id });
}
