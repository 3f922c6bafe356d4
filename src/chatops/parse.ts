import { nearest } from '../errors/nearest.ts';
import { ownWords } from './own-words.ts';

/** One line of a comment that starts with `/rca`. */
export interface ParsedCommand {
  /** The line as it was typed, without the spaces around it. */
  readonly line: string;
  readonly order: Order;
}

export type Order =
  | { readonly kind: 'command'; readonly name: string; readonly rest: string }
  | { readonly kind: 'workload'; readonly workload: WorkloadName; readonly rest: string }
  /** `nearest` is the command that was probably meant. */
  | { readonly kind: 'unknown'; readonly word: string; readonly nearest: string | null };

/** A workload as somebody names it; null where the kind is left out. */
export interface WorkloadName {
  readonly kind: string | null;
  readonly namespace: string;
  readonly name: string;
}

export interface ParsedComment {
  readonly commands: readonly ParsedCommand[];
  /** How many more there were than are carried out for one comment. */
  readonly left: number;
}

/** Nobody needs more at once, and each may cost a diagnosis. */
export const MOST_COMMANDS = 5;

/** Longer lines are cut: no argument is so long. */
const LONGEST_LINE = 2000;

const LINE = /^ {0,3}\/rca(?:[ \t]+(.*))?$/is;

/** True for what can be no comment with a command in it, at the cost of a glance. */
export function mayHoldCommands(comment: string): boolean {
  return /^ {0,3}\/rca(?![^\s])/im.test(comment);
}

/**
 * The commands of a comment, in order: lines that start with `/rca`, after up to three spaces, in text that its author wrote for
 * everybody to read ({@link ownWords}). `names` are the commands that there are.
 */
export function parseComment(comment: string, names: readonly string[]): ParsedComment {
  if (!mayHoldCommands(comment)) return { commands: [], left: 0 };
  const commands = ownWords(comment).flatMap((line) => {
    const match = LINE.exec(line.slice(0, LONGEST_LINE));
    return match ? [{ line: match[0].trim(), order: orderOf((match[1] ?? '').trim(), names) }] : [];
  });
  return {
    commands: commands.slice(0, MOST_COMMANDS),
    left: Math.max(0, commands.length - MOST_COMMANDS),
  };
}

function orderOf(text: string, names: readonly string[]): Order {
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text)!;
  if (word === '') return { kind: 'command', name: 'help', rest: '' };
  const name = names.find((known) => known === word.toLowerCase());
  if (name !== undefined) return { kind: 'command', name, rest };
  const workload = workloadOf(text);
  return workload ?? { kind: 'unknown', word, nearest: nearest(word, names) };
}

// Names as Kubernetes has them: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
const NAMESPACE = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const NAME = '[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?';
const WORKLOAD = new RegExp(
  `^(?:([A-Za-z][A-Za-z0-9]{0,62})[ \\t]+)?(${NAMESPACE})/(?:([A-Za-z][A-Za-z0-9]{0,62})/)?(${NAME})(?:\\s+(.*))?$`,
  's',
);

/** `shop/cart`, `Deployment shop/cart` as our texts write it, or `shop/Deployment/cart`. */
function workloadOf(text: string): Extract<Order, { kind: 'workload' }> | null {
  const [, before, namespace, between, name, rest = ''] = WORKLOAD.exec(text) ?? [];
  if (namespace === undefined || name === undefined || (before && between)) return null;
  return { kind: 'workload', workload: { kind: before ?? between ?? null, namespace, name }, rest };
}
