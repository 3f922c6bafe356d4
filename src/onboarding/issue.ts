import { CONFIG_FILE } from '../config/defaults.ts';
import type { ConfigError } from '../config/checked-yaml.ts';
import { count } from '../kubernetes/times.ts';
import { failures } from '../config/failures.ts';
import type { Root } from '../sources/roots.ts';
import { fenced, inline } from '../untrusted/markdown.ts';
import { joinProse, ownText, prose, sentenceOf, untrusted, type Prose } from '../untrusted/prose.ts';
import { proposedConfig } from './proposed-config.ts';
import type { OfferState } from './offer.ts';
import type { ClusterFound, Survey } from './survey.ts';

export const ONBOARDING_TITLE = 'Faultline: what it found in this repository';
export const ONBOARDING_MARKER = '<!-- faultline:onboarding -->';

/** The last line of the greeting, with the state of the offered configuration. */
const MARKER = /^<!-- faultline:onboarding(?: state=([a-z-]+(?:#\d{1,9})?))? -->$/;

/** What the last line says of the offer: empty where it says nothing; null where it is none of ours. */
export function greetingState(body: string): string | null {
  const text = body.trimEnd();
  const match = MARKER.exec(text.slice(text.lastIndexOf('\n') + 1));
  return match && (match[1] ?? '');
}

/** The state of the offer, in words for the marker. */
export type GreetingOffer = OfferState | { readonly kind: 'configured' };

export function stateOf(offer: GreetingOffer | undefined): string {
  if (offer === undefined) return '';
  return 'number' in offer ? `${offer.kind}#${offer.number}` : offer.kind;
}

export interface Onboarding {
  readonly survey: Survey;
  /** Names of the clusters that Faultline reads. */
  readonly watched: readonly string[];
  /** Null where the repository has no configuration yet; else what is wrong with it. */
  readonly configErrors: readonly ConfigError[] | null;
  /** The file with the organisation's defaults; left out where there is none. */
  readonly defaults?: string;
  /** The state of the pull request that offers a configuration; left out where none is made. */
  readonly offer?: GreetingOffer;
}

/** Entries of a list; the rest is counted. */
const MOST = 20;

/** The one issue that is opened when the App is installed: what is there, what would be watched, and how to say what may be done. */
export function onboardingText(onboarding: Onboarding): string {
  const { survey } = onboarding;
  return [
    introduction(onboarding),
    rootsSection(survey),
    environmentsSection(survey),
    clustersSection(onboarding),
    watchSection(onboarding),
    configSection(onboarding),
    problemsSection(survey),
    inline(ownText('Close this issue when you have read it; there will be no second one.')),
    markerLine(onboarding),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function introduction({ offer }: Onboarding): string {
  switch (offer?.kind) {
    case 'offered':
      return `Faultline reads this repository now. It opened this issue and pull request ${pullLink(offer.number)}, and opens nothing else before that is merged.`;
    case 'not-now':
      return `Faultline reads this repository, and opens nothing here: pull request ${pullLink(offer.number)} was closed, or the file that it brought was taken away.`;
    case 'blocked':
    case 'configured':
      return 'Faultline reads this repository now.';
    case undefined:
      return 'Faultline reads this repository now. Nothing but this issue was written.';
  }
}

/** Leads there without leaving a mention on the other side at every edit. */
function pullLink(number: number): string {
  return `[#${number}](../pull/${number})`;
}

function markerLine({ offer }: Onboarding): string {
  const state = stateOf(offer);
  return state === '' ? ONBOARDING_MARKER : `<!-- faultline:onboarding state=${state} -->`;
}

const KINDS: Readonly<Record<Root['kind'], string>> = {
  kustomize: 'kustomization',
  helm: 'Helm chart',
  plain: 'folder',
};

function rootsSection({ roots, declarations }: Survey): string {
  const kinds = (['kustomize', 'helm', 'plain'] as const).filter((kind) => roots[kind].length > 0);
  if (kinds.length === 0)
    return `### What is applied\n\n${inline(ownText('No Kubernetes manifests were found.'))}`;
  const lists = kinds.map((kind) => {
    const what = `${count(roots[kind].length, KINDS[kind])}${kind === 'plain' ? ' of manifests' : ''}`;
    return `<details>\n<summary>${what}</summary>\n\n${listed(roots[kind].map((path) => prose`${path}`))}\n\n</details>`;
  });
  const { all, notFollowed } = declarations;
  const objects =
    all === 0
      ? ownText('No Argo CD or Flux object says what is deployed where.')
      : prose`${ownText(count(all, 'Argo CD or Flux object'))} ${ownText(all === 1 ? 'says' : 'say')} what is applied${notFollowed === 0 ? ownText('.') : prose`; ${notFollowed} of them ${ownText(notFollowed === 1 ? 'leads' : 'lead')} to what is not here or not rendered.`}`;
  return ['### What is applied', ...lists, inline(objects)].join('\n\n');
}

function environmentsSection({ environments }: Survey): string {
  if (environments.length === 0) return '';
  const lines = environments.map(({ name, kind, roots }) =>
    kind === name
      ? prose`${name}: ${ownText(count(roots.length, 'root'))}`
      : prose`${name} (${ownText(kind)}): ${ownText(count(roots.length, 'root'))}`,
  );
  return `### Environments\n\n${inline(ownText('Guessed from the names of folders.'))}\n\n${listed(lines)}`;
}

const FOUND_BY: Readonly<Record<ClusterFound['by'], string>> = {
  configuration: 'named in the configuration',
  'Argo CD': 'a destination of Argo CD',
  folder: 'a folder below `clusters/`',
};

function clustersSection({ survey: { clusters }, watched }: Onboarding): string {
  const unknown = watched.filter((name) => !clusters.some((cluster) => cluster.name === name));
  const lines = [
    ...clusters.map(({ name, by }) => {
      const isWatched = watched.includes(name) ? ownText(', watched') : ownText('');
      return prose`${name}: ${ownText(FOUND_BY[by])}${isWatched}`;
    }),
    ...unknown.map((name) => prose`${name}: watched; this repository does not name it`),
  ];
  const text =
    lines.length === 0 ? inline(ownText('None is named, and none is watched yet.')) : listed(lines);
  return `### Clusters\n\n${text}`;
}

function watchSection({ watched }: Onboarding): string {
  const editable = failures.filter(({ mayEdit }) => mayEdit).length;
  const where =
    watched.length === 0
      ? ownText('Once a cluster is connected, it is read')
      : prose`In ${joinProse(
          watched.slice(0, MOST).map((name) => prose`${name}`),
          ', ',
        )}, everything that may be read is watched`;
  return `### What is watched\n\n${inline(
    prose`${where}, never written to. Faultline diagnoses ${ownText(String(failures.length))} kinds of failures; ${ownText(String(editable))} of them can lead to a pull request here, the others to a diagnosis alone.`,
  )}`;
}

function configSection({ survey, watched, configErrors, defaults, offer }: Onboarding): string {
  if (configErrors !== null && configErrors.length === 0)
    return `### Configuration\n\n${inline(prose`${CONFIG_FILE} is there and valid.`)}`;
  if (configErrors !== null) {
    const errors = configErrors.map(
      ({ file, line, message }) => prose`${`${file}:${line}`}: ${sentenceOf(message)}`,
    );
    return `### Configuration\n\n${inline(prose`${CONFIG_FILE} has errors. Until they are fixed, everything is only watched.`)}\n\n${listed(errors)}`;
  }
  return [
    '### Proposed configuration',
    howToBegin(offer),
    fenced(untrusted(proposedConfig(survey, watched, defaults).trimEnd()), 'yaml'),
  ].join('\n\n');
}

function howToBegin(offer: GreetingOffer | undefined): string {
  const file = inline(prose`${CONFIG_FILE}`);
  switch (offer?.kind) {
    case 'offered':
      return `Pull request ${pullLink(offer.number)} brings this as ${file}. Merge it to let Faultline propose pull requests. Close it for "not now".`;
    case 'not-now':
      return `To begin, reopen pull request ${pullLink(offer.number)}, or commit this as ${file}:`;
    case 'blocked':
      return `Somebody else has commits on the branch \`faultline/configure\`, so no pull request brings this. To let Faultline propose pull requests, commit this as ${file}:`;
    case 'configured':
    case undefined:
      return `Without this file, Faultline proposes pull requests and merges nothing without a person. To say what it may do, commit this as ${file}:`;
  }
}

function problemsSection({ problems }: Survey): string {
  if (problems.length === 0) return '';
  const lines = problems.map(({ file, line, message }) => {
    const place = line === null ? file : `${file}:${line}`;
    return prose`${place}: ${sentenceOf(message)}`;
  });
  return `### What could not be read\n\n${listed(lines)}`;
}

function listed(lines: readonly Prose[]): string {
  const shown = lines.slice(0, MOST).map((line) => `- ${inline(line, 500)}`);
  if (lines.length > MOST) shown.push(`- … and ${lines.length - MOST} more`);
  return shown.join('\n');
}
