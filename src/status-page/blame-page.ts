import { FieldPathError, parseFieldPath } from '../kubernetes/field-path.ts';
import type { Declined } from '../model/declined.ts';
import type { Blame } from '../model/layers.ts';
import { blameBlocks } from '../pull-requests/blame-blocks.ts';
import { markup, type Html } from '../untrusted/html.ts';
import { prose } from '../untrusted/prose.ts';
import { toHtml } from '../writers/html.ts';
import type { PageContent } from './layout.ts';

/** Which field of which object the page is asked for. */
export interface BlameQuestion {
  readonly kind: string;
  readonly name: string;
  /** Null where the address names none. */
  readonly namespace: string | null;
  readonly field: string;
  /** `owner/name`; null for all that are served. */
  readonly repository: string | null;
}

/** What one repository says, for one of its clusters or for none. */
export interface BlameAnswer {
  readonly repository: string;
  readonly cluster: string | null;
  readonly result: Blame | Declined;
}

/** In UTF-16 units. */
const LONGEST = 500;

/** The question of an address; null where it asks nothing, or nothing that can be meant. */
export function blameQuestion(query: URLSearchParams): BlameQuestion | null {
  const given = (name: string): string => (query.get(name) ?? '').trim().slice(0, LONGEST);
  const [, kind, name] =
    /^([A-Za-z][A-Za-z0-9]{0,62})\/([a-z0-9][a-z0-9.-]{0,252})$/.exec(given('object')) ?? [];
  const field = given('field');
  if (kind === undefined || name === undefined || !isField(field)) return null;
  const [namespace, repository] = [given('namespace'), given('repository')];
  return {
    kind,
    name,
    namespace: namespace === '' ? null : namespace,
    field,
    repository: repository === '' ? null : repository,
  };
}

function isField(text: string): boolean {
  try {
    return parseFieldPath(text).length > 0;
  } catch (error) {
    if (error instanceof FieldPathError) return false;
    throw error;
  }
}

/** `GET /blame?object=Deployment/cart&namespace=shop&field=spec.replicas`: the lines that set a field. The address can be kept. */
export function blamePage(query: URLSearchParams, answers: readonly BlameAnswer[] | null): PageContent {
  const asked = [...query.keys()].length > 0;
  return {
    title: 'Which line sets a field?',
    of: 'blame',
    now: null,
    content: markup`<h1>Which line sets a field?</h1>
${form(query)}
${answers === null ? (asked ? markup`<p class="warning">Name an object as <code>Kind/name</code> and a field such as <code>spec.replicas</code>.</p>` : null) : answersHtml(answers)}`,
  };
}

/** Names of the query, with what a person would write. */
const INPUTS: readonly (readonly [name: string, label: string, example: string])[] = [
  ['object', 'Object', 'Deployment/cart'],
  ['namespace', 'Namespace', 'shop'],
  ['field', 'Field', 'spec.template.spec.containers[name=server].image'],
];

function form(query: URLSearchParams): Html {
  const inputs = INPUTS.map(
    ([name, label, example]) =>
      markup`<label>${label} <input name="${name}" value="${(query.get(name) ?? '').slice(0, LONGEST)}" placeholder="${example}"></label>`,
  );
  return markup`<form class="filter" method="get" action="blame">${inputs}<button>Show</button></form>`;
}

function answersHtml(answers: readonly BlameAnswer[]): Html {
  if (answers.length === 0)
    return markup`<p>No repository that is served was scanned yet, or none is called so.</p>`;
  return markup`${answers.map(({ repository, cluster, result }, index) => {
    const where = cluster === null ? prose`${repository}` : prose`${repository}, cluster ${cluster}`;
    return markup`<section><h2>${where}</h2>${toHtml(blameBlocks(result), { level: 3, id: `blame-${index}` })}</section>`;
  })}`;
}
