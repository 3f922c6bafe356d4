import { FieldPathError, parseFieldPath } from '../../kubernetes/field-path.ts';
import { kindNamed } from '../../kubernetes/kind-names.ts';
import { describeRef, type ObjectRef } from '../../kubernetes/objects.ts';
import { heading } from '../../model/block.ts';
import { prose, sentenceOf } from '../../untrusted/prose.ts';
import { toMarkdown } from '../../writers/markdown.ts';
import type { BlamedObject, Seen } from '../actions.ts';
import { blameBlocks } from '../../pull-requests/blame-blocks.ts';
import { done, refused, type Answer, type Command } from '../command.ts';
import { nothingSeen, writeAs } from '../usual.ts';

/** In UTF-16 units. */
const LONGEST_FIELD = 500;

/** In characters; leaves space for the answers to other commands. */
const LIMIT = 40_000;

export const blame: Command = {
  name: 'blame',
  usage: '/rca blame [<Kind> <namespace>/<name>] <field>',
  summary: 'lists the lines that set a field, who wrote them, and what the field was before',
  acts: false,
  needs: 'anywhere',
  async run({ actions, subject, rest }) {
    const asked = parseQuestion(rest);
    if (asked === null) return refused(writeAs(blame));
    const { object, field } = asked;
    if (object !== null) return answered(await actions.blame(object, field));
    if (subject === null)
      return refused(prose`This is not about an incident of Faultline: name the object. ${writeAs(blame)}`);
    const seen = await actions.seen(subject);
    if (seen.length === 0) return done(nothingSeen());
    const meant = meantBy(field, seen);
    return answered(await actions.blame(meant.object, meant.field));
  },
};

interface Question {
  /** Null for the object of the incident. */
  readonly object: BlamedObject | null;
  readonly field: string;
}

const NAME = '[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?';
const OBJECT = new RegExp(`^([A-Za-z][A-Za-z0-9]{0,62})[ \\t]+(?:(${NAME})/)?(${NAME})[ \\t]+(.+)$`, 's');

/** Null for what is no field. */
function parseQuestion(rest: string): Question | null {
  const [, kind, namespace, name, behind] = OBJECT.exec(rest) ?? [];
  const field = (behind ?? rest).trim().replace(/^`(.*)`$/s, '$1');
  if (!isField(field)) return null;
  if (kind === undefined || name === undefined) return { object: null, field };
  return { object: { kind: kindNamed(kind), namespace: namespace ?? null, name }, field };
}

function isField(text: string): boolean {
  if (text === '' || text.length > LONGEST_FIELD || /[\r\n]/.test(text)) return false;
  if (/\s/.test(text.replace(/\[[^\]]*\]/g, ''))) return false;
  try {
    parseFieldPath(text);
    return true;
  } catch (error) {
    if (error instanceof FieldPathError) return false;
    throw error;
  }
}

/** A field that the incident is about, where exactly one ends so: `limits.memory`; else a field of the failing object. */
function meantBy(
  field: string,
  seen: readonly Seen[],
): { readonly object: ObjectRef; readonly field: string } {
  const known = seen.flatMap(({ result: { incident, located } }) => [
    ...(incident.finding.blames ?? []).map((one) => ({ object: one.object, field: one.field })),
    ...(located?.kind === 'located'
      ? located.changes.map((change) => ({ object: change.object, field: change.field.text }))
      : []),
  ]);
  const ending = known.filter((one) => one.field === field || one.field.endsWith(`.${field}`));
  const distinct = [
    ...new Map(ending.map((one) => [`${describeRef(one.object)} ${one.field}`, one])).values(),
  ];
  const [only, ...others] = distinct;
  return only && others.length === 0 ? only : { object: seen[0]!.result.incident.finding.object, field };
}

function answered(blamed: Awaited<ReturnType<Parameters<Command['run']>[0]['actions']['blame']>>): Answer {
  if (blamed.kind === 'unreadable') return refused(prose`This could not be answered: ${blamed.why}`);
  const isOne = blamed.answers.length === 1;
  const blocks = blamed.answers.flatMap(({ cluster, result }) => [
    ...(isOne || cluster === null ? [] : [heading(prose`${cluster}`)]),
    ...blameBlocks(result),
  ]);
  const [first] = blamed.answers;
  if (isOne && first?.result.kind === 'declined')
    return refused(sentenceOf(`${first.result.reason}.`), ...blocks.slice(1));
  return done(toMarkdown(blocks, LIMIT));
}
