import { load, type EventType, type LoadOptions, type State } from 'js-yaml';

interface Node {
  /** From 1. */
  readonly line: number;
  /** What it was read as: known once it is closed. */
  value: unknown;
  readonly children: Node[];
}

/** Reading a text again to find one line in it is not worth more than this. */
const LONGEST_TEXT = 4 * 2 ** 20;

/**
 * The line in which a path of a YAML or JSON document stands, or as much of the path as exists, from 1; null where the text cannot
 * be read this way. For a key it is the line of the key.
 */
export type FindLine = (text: string, path: readonly (string | number)[]) => number | null;

/** @returns a {@link FindLine} that reads a text once, however many paths of it are asked for one after the other. */
export function lineFinder(options: LoadOptions): FindLine {
  let last: { readonly text: string; readonly root: Node | null } | null = null;
  return (text, path) => {
    if (text.length > LONGEST_TEXT) return null;
    if (last?.text !== text) last = { text, root: nodesOf(text, options) };
    return last.root && lineIn(last.root, path);
  };
}

function lineIn(root: Node, path: readonly (string | number)[]): number {
  let here = root;
  let { line } = root;
  for (const segment of path) {
    const next = childAt(here, segment);
    if (next === null) break;
    line = next.line;
    here = next.value;
  }
  return line;
}

/** js-yaml tells where it starts and ends to read each node, keys of mappings included. */
function nodesOf(text: string, options: LoadOptions): Node | null {
  const top: Node = { line: 1, value: undefined, children: [] };
  const open: Node[] = [top];
  const listener = (event: EventType, state: State & { readonly result?: unknown }): void => {
    if (event === 'open') {
      const node: Node = { line: state.line + 1, value: undefined, children: [] };
      open.at(-1)!.children.push(node);
      open.push(node);
    } else open.pop()!.value = state.result;
  };
  try {
    load(text, {
      ...options,
      listener(event, state) {
        listener(event, state);
      },
    });
  } catch {
    return null;
  }
  return top.children[0] ?? null;
}

function childAt(
  node: Node,
  segment: string | number,
): { readonly line: number; readonly value: Node } | null {
  const { value, children } = unwrapped(node);
  if (typeof segment === 'number') {
    const item = Array.isArray(value) ? children[segment] : undefined;
    return item === undefined ? null : { line: item.line, value: item };
  }
  // Like the parser, the last of equal keys.
  for (let at = children.length - (children.length % 2) - 2; at >= 0; at -= 2)
    if (String(children[at]!.value) === segment)
      return { line: children[at]!.line, value: children[at + 1]! };
  return null;
}

/** The parser reads a node a first time to see whether it is the key of a mapping. */
function unwrapped(node: Node): Node {
  let here = node;
  while (here.children.length === 1 && here.children[0]!.value === here.value) here = here.children[0]!;
  return here;
}
