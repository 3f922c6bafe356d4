import type { Json } from '../kubernetes/objects.ts';
import { confidenceOf, type Culprit, type Finding } from '../model/finding.ts';
import type { ChangesBefore, TemplateChange } from '../model/changed-before.ts';
import type { BackOff, ContainerEnd } from '../model/container-end.ts';
import type { Evidence } from '../model/evidence.ts';
import { plainText, untrusted } from '../untrusted/prose.ts';
import { leafName, fieldNamed } from '../kubernetes/field-path.ts';
import { maskJson } from '../untrusted/mask-json.ts';
import type { BlamedField } from '../model/blame.ts';
import { commitJson, fieldChangeJson, locatedJson, objectJson, siteJson, time } from './changes-json.ts';
import type { Explanation } from '../model/incident.ts';
import type { IncidentResult, Report } from '../model/report.ts';

/** The report as other programs read it, version 1. Texts are masked; times are RFC 3339. */
export function toJson(report: Report): Json {
  return {
    version: 1,
    cluster: report.cluster,
    now: time(report.now),
    incidents: report.results.map(incidentJson),
    problems: report.problems.map(({ where, message }) => ({
      where,
      message: plainText(untrusted(message)),
    })),
  };
}

function incidentJson(result: IncidentResult): Json {
  const { incident, decision, located, blames, proposal, pullRequest, commit } = result;
  const { fingerprint, finding } = incident;
  return {
    fingerprint,
    rule: finding.rule,
    cause: finding.cause,
    phase: finding.phase,
    foreseen: finding.foresees === true,
    object: objectJson(finding.object),
    container: finding.container,
    culprit: culpritJson(finding.culprit),
    affected: finding.affected.map(objectJson),
    firstSeen: time(finding.firstSeen),
    lastSeen: time(finding.lastSeen),
    occurrences: finding.occurrences,
    summary: plainText(finding.summary),
    rootCause: plainText(finding.rootCause),
    evidence: finding.evidence.map(evidenceJson),
    ...(incident.explanation && { explanation: explanationJson(incident.explanation) }),
    ended: incident.ended && endJson(incident.ended),
    backOff: incident.backOff && backOffJson(incident.backOff),
    ruledOut: finding.ruledOut.map(({ what, because }) => ({
      what: plainText(what),
      because: plainText(because),
    })),
    chain: [...incident.chain],
    followers: incident.followers.map(followerJson),
    ...changesJson(incident.changes),
    confidence: confidenceOf(finding.confidence),
    confidenceParts: finding.confidence.map(({ factor, reason }) => ({
      factor: Math.round(factor * 1000) / 1000,
      reason: plainText(reason),
    })),
    decision: { action: decision.action, reason: plainText(decision.reason), policy: decision.policy },
    advice: finding.advice.map(plainText),
    blames: (blames ?? []).map(blameJson),
    introducedBy: proposal?.introducedBy
      ? { ...commitJson(proposal.introducedBy), pullRequest: proposal.introducedIn }
      : null,
    fix: located?.kind === 'located' ? { commit: proposal?.commit ?? commit, ...locatedJson(located) } : null,
    pullRequest: pullRequest && {
      branch: pullRequest.branch,
      base: pullRequest.base,
      title: pullRequest.title,
      body: pullRequest.body,
      draft: pullRequest.draft,
    },
  };
}

function explanationJson({ text, model }: Explanation): Json {
  return { text: plainText(untrusted(text)), model: plainText(untrusted(model)) };
}

function culpritJson({ kind, namespace, name }: Culprit): Json {
  return { kind, namespace, name: plainText(untrusted(name)) };
}

function endJson({ exitCode, reason, signal, at, means }: ContainerEnd): Json {
  return {
    exitCode,
    reason: reason && plainText(reason),
    signal,
    at: at === null ? null : time(at),
    means: plainText(means),
  };
}

/** The delay in seconds. */
function backOffJson({ reason, delay, restarts, since }: BackOff): Json {
  return {
    reason,
    delaySeconds: delay === null ? null : delay / 1000,
    restarts,
    since: since === null ? null : time(since),
  };
}

function followerJson({ rule, cause, object, container, summary }: Finding): Json {
  return { rule, cause, object: objectJson(object), container, summary: plainText(summary) };
}

function changesJson(changes: ChangesBefore | null): Readonly<Record<string, Json>> {
  const { since, commits = [], outsideGit = [], unexplained = [] } = changes ?? {};
  return {
    changedSince: since ? plainText(since) : null,
    changedBefore: commits.map((one) => ({
      ...commitJson(one.commit),
      changes: one.changes.map(templateChangeJson),
    })),
    changedOutsideGit: outsideGit.map(templateChangeJson),
    changedUnexplained: unexplained.map(templateChangeJson),
  };
}

function templateChangeJson({ site, ...change }: TemplateChange): Json {
  return { ...fieldChangeJson(change), site: site && siteJson(site) };
}

function blameJson({ object, field, value, site, declined, candidates }: BlamedField): Json {
  return {
    object: objectJson(object),
    field,
    value: maskJson(leafName(fieldNamed(field)), value),
    site: site && siteJson(site),
    declined: declined === null ? null : plainText(untrusted(declined)),
    ...(candidates.length === 0 ? {} : { candidates: candidates.map((one) => plainText(untrusted(one))) }),
  };
}

function evidenceJson({ source, ref, at, text }: Evidence): Json {
  return { source, ref: plainText(untrusted(ref)), at: at === null ? null : time(at), text: plainText(text) };
}
