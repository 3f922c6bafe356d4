import type { ConcretePath } from '../../kubernetes/field-path.ts';
import type { Scalar } from '../../kubernetes/objects.ts';

/** A value that a template writes out itself. Templates are no YAML before they are filled in, so lines are all there is. */
export interface Literal {
  readonly file: string;
  /** Offsets of the text in the file, without quotes. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  /** The key that it stands behind, or that its list stands behind. */
  readonly key: string;
  readonly text: string;
  readonly value: Scalar;
  readonly quote: 'single' | 'double' | null;
  /** The rest of the value is filled in: `{{ .Values.registry }}/cart:1.2.3`. */
  readonly isPart: boolean;
  /** It stands between braces or brackets: `httpGet: { path: /, port: http }`. */
  readonly inFlow: boolean;
}

const LINE =
  /^(?<indent>[ ]*(?:- +)*)(?:(?<key>[\w.\-/]+|"[^"{}]*"|'[^'{}]*'):[ ]+)?(?<value>\S.*?)[ \t\r]*$/;

/** What identifies an object, or says of what kind something is. */
const IDENTITY = /^(apiVersion|kind)$/;

/** `literals`: what is written out. `expressions`: whole values that are filled in. */
type Wanted = 'literals' | 'expressions';

/** The values of one template's lines that are of one sort. */
export function literalsIn(file: string, text: string, wanted: Wanted = 'literals'): readonly Literal[] {
  const found: Literal[] = [];
  const parents: { indent: number; key: string }[] = [];
  let start = 0;
  let inComment = false;
  for (const [index, line] of text.split('\n').entries()) {
    const offset = start;
    start += line.length + 1;
    const opens = /\{\{-?\s*\/\*/.test(line);
    const closes = /\*\/\s*-?\}\}/.test(line);
    const skip = inComment || opens;
    inComment = (inComment || opens) && !closes;
    if (skip || /^\s*(#|\{\{[^{}]*\}\}\s*$|$)/.test(line)) continue;
    const groups = LINE.exec(line)?.groups;
    const opened = /^(?<indent>[ ]*(?:- +)*)(?<key>[\w.\-/]+):[ \t\r]*(\{\{.*indent.*)?$/.exec(line)?.groups;
    const width = (groups ?? opened)?.['indent']?.length ?? 0;
    while (parents.length > 0 && parents.at(-1)!.indent >= width) parents.pop();
    const parent = parents.at(-1)?.key ?? '';
    if (opened) {
      parents.push({ indent: width, key: opened['key']! });
      continue;
    }
    // Without a key and without a dash it is a line of a longer text.
    if (!groups || (groups['key'] === undefined && !groups['indent']!.includes('-'))) continue;
    const key = groups['key'] ?? parent;
    if (IDENTITY.test(key) || (parent === 'metadata' && /^(name|namespace)$/.test(key))) continue;
    const value = groups['value']!;
    const at = line.indexOf(value, width + (groups['key'] === undefined ? 0 : groups['key'].length + 1));
    for (const part of partsOf(value, key, wanted)) {
      const from = at + part.from;
      found.push({
        file,
        start: offset + from,
        end: offset + from + part.text.length,
        line: index + 1,
        column: from + 1,
        key: part.key ?? groups['key'] ?? `${parent}[]`,
        text: part.text,
        value: part.quote === null && !part.isPart ? typed(part.text) : part.text,
        quote: part.quote,
        isPart: part.isPart,
        inFlow: part.inFlow,
      });
    }
  }
  return found;
}

/** What a Chart.yaml says of the program that the chart installs; null where it does not say it on a line of its own. */
export function appVersionIn(file: string, text: string): Literal | null {
  const found = /^(appVersion:[ \t]+)(["']?)([\w.+-]+)\2[ \t]*(?:#.*)?\r?$/m.exec(text);
  if (!found) return null;
  const [, key, quotes, version] = found as unknown as readonly [string, string, string, string];
  const start = found.index + key.length + quotes.length;
  return {
    file,
    start,
    end: start + version.length,
    line: text.slice(0, start).split('\n').length,
    column: key.length + quotes.length + 1,
    key: 'appVersion',
    text: version,
    value: version,
    quote: quotes === '' ? null : quotes === '"' ? 'double' : 'single',
    isPart: false,
    inFlow: false,
  };
}

interface Part {
  readonly from: number;
  readonly text: string;
  readonly quote: Literal['quote'];
  readonly isPart: boolean;
  readonly inFlow: boolean;
  /** The key in the flow mapping. */
  readonly key?: string;
}

function partsOf(value: string, key: string, wanted: Wanted): readonly Part[] {
  if (wanted === 'expressions') {
    const isWhole =
      /\{\{[^{}]*\}\}/.test(value) &&
      !/^[|>&*!]|#|\{\{-?\s*(if|else|end|range|with|define|block|include \S+ \. \| nindent)\b|indent/.test(
        value,
      );
    return isWhole ? [{ from: 0, text: value, quote: null, isPart: false, inFlow: false }] : [];
  }
  const masked = value.replace(/\{\{.*?\}\}/g, (action) => FILLED.repeat(action.length));
  // An action that goes on in the next line.
  if (masked.includes('{{')) return [];
  return /^[{[]/.test(masked) ? partsOfFlow(masked, key) : partsOfScalar(masked, key, 0, false);
}

/** Stands for what an action fills in. */
const FILLED = '\u0000';

function partsOfScalar(scalar: string, key: string, at: number, inFlow: boolean): readonly Part[] {
  if (/^[|>&*!?%@`]/.test(scalar)) return [];
  const quoted = /^(["'])([^"'\\]*)\1(?:\s+#.*)?$/.exec(scalar);
  const quote = quoted ? (quoted[1] === '"' ? 'double' : 'single') : null;
  const inner = quoted ? quoted[2]! : scalar.replace(/\s+#.*$/, '');
  if (inner === '' || (quote === null && /^["']/.test(inner))) return [];
  const from = at + (quoted ? 1 : 0);
  if (!inner.includes(FILLED)) return [{ from, text: inner, quote, isPart: false, inFlow }];
  return [...inner.matchAll(/[^\0]+/g)]
    .flatMap(({ 0: text, index }) => ofImage(text, key, index + text.length === inner.length, index))
    .filter(({ text }) => /[A-Za-z0-9]/.test(text))
    .map((part) => ({ from: from + part.at, text: part.text, quote, isPart: true, inFlow }));
}

interface Piece {
  readonly text: string;
  readonly at: number;
}

/** The tag that ends an image is a part of its own. */
function ofImage(text: string, key: string, isLast: boolean, at: number): readonly Piece[] {
  const tag = isLast && /image/i.test(key) ? /^([\w./-]*):([\w][\w.-]*)$/.exec(text) : null;
  if (tag)
    return [
      { text: tag[1]!, at },
      { text: tag[2]!, at: at + text.length - tag[2]!.length },
    ];
  return [{ text: text.trim(), at: at + text.length - text.trimStart().length }];
}

/** The values of a mapping or list that is written on one line. */
function partsOfFlow(flow: string, outer: string): readonly Part[] {
  const found: Part[] = [];
  const keys: string[] = [];
  let [key, start, depth] = [outer, 0, 0];
  const end = (at: number): void => {
    const text = flow.slice(start, at);
    const isName = (outer === 'metadata' && /^(name|namespace)$/.test(key)) || IDENTITY.test(key);
    if (!isName)
      for (const part of partsOfScalar(text.trim(), key, start + text.length - text.trimStart().length, true))
        found.push({ ...part, key });
  };
  for (let at = 0; at < flow.length; at += 1) {
    const mark = flow[at]!;
    if (/["']/.test(mark) && flow.slice(start, at).trim() === '') {
      const close = flow.indexOf(mark, at + 1);
      if (close < 0) return [];
      at = close;
    } else if (/[{[]/.test(mark)) {
      keys.push(key);
      [depth, start] = [depth + 1, at + 1];
    } else if (mark === ':' && /[\s{["'\0]/.test(flow[at + 1] ?? ' ')) {
      key = flow
        .slice(start, at)
        .trim()
        .replace(/^["']|["']$/g, '');
      start = at + 1;
    } else if (/[}\],]/.test(mark)) {
      end(at);
      start = at + 1;
      if (mark !== ',') {
        depth -= 1;
        key = keys.pop()!;
        // Behind a mapping or list stands nothing but the next one.
        if (depth === 0) return /^\s*(#.*)?$/.test(flow.slice(at + 1)) ? found : [];
      }
    }
  }
  return [];
}

function typed(text: string): Scalar {
  if (/^-?(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (/^(true|false)$/.test(text)) return text === 'true';
  return /^(null|~)$/.test(text) ? null : text;
}

/** Functions for which another text of the same type is another case. */
const COMPARING =
  /\b(eq|ne|lt|le|gt|ge|has|contains|hasPrefix|hasSuffix|semverCompare|semver|ternary|regexMatch|mul|div|mod|add|sub|max|min|int64|float64|atoi|b64dec|fromYaml|fromJson|toDate|lookup|kindIs|typeIs|typeOf|index|get|hasKey|splitList|split)\b/;

/** Functions that want a mapping or a list. */
const COLLECTING =
  /\b(range|toYaml|with|merge|mergeOverwrite|omit|pick|keys|values|dict|list|tpl \(toYaml|fromYaml)\b/;

export interface References {
  /** Values that templates compare, calculate with or branch on. */
  readonly compared: ReadonlySet<string>;
  /** Values that are printed as they are. */
  readonly printed: readonly ConcretePath[];
  /** Values that are taken as mappings or lists. */
  readonly collected: readonly ConcretePath[];
  /** Keys that are named behind a dot, of whatever mapping: `.resources`. */
  readonly named: ReadonlySet<string>;
}

/** The `.Values` that a piece of a template names, whatever is done with them. */
export function valuesNamedIn(text: string, prefix: ConcretePath): readonly ConcretePath[] {
  return [...withoutParentheses(text).matchAll(VALUE)].map(([, dotted]) => placed(dotted!, prefix));
}

const VALUE = /\.Values\.([A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*)/g;

/** `((.Values.a).b).c` is how templates read what may not be there. */
function withoutParentheses(text: string): string {
  const opened = text.replace(/\(\s*(\$?\.Values(?:\.\w+)*)\s*\)(?=\.\w)/g, '$1');
  return opened === text ? text : withoutParentheses(opened);
}

function placed(dotted: string, prefix: ConcretePath): ConcretePath {
  const steps = dotted.split('.');
  return steps[0] === 'global' ? steps : [...prefix, ...steps];
}

/** The `.Values` that a template names, below the prefix of its chart. */
export function referencesIn(text: string, prefix: ConcretePath): References {
  const compared = new Set<string>();
  const printed: ConcretePath[] = [];
  const collected: ConcretePath[] = [];
  const named = new Set<string>();
  for (const [action] of text.matchAll(/\{\{[^]*?\}\}/g)) {
    for (const [, key] of action.matchAll(/\.([A-Za-z_]\w*)/g)) named.add(key!);
    for (const path of valuesNamedIn(action, prefix)) {
      if (COMPARING.test(action)) compared.add(JSON.stringify(path));
      else if (COLLECTING.test(action)) collected.push(path);
      else if (!/^\{\{-?\s*(if|else)\b/.test(action)) printed.push(path);
    }
  }
  return { compared, printed, collected, named };
}
