import { MEBIBYTE, parseQuantity } from '../kubernetes/quantities.ts';
import type { Blame } from '../model/finding.ts';
import type { Setting } from './settings.ts';

/** What a program was told about memory, in its command, its environment or a script. */
export interface Told {
  /**
   * `unbounded`: it reads or keeps without end; `load`: a tool that takes memory for a test; `cache`: nothing is evicted;
   * `option`: a size that the program may grow to; `allocation`: a size that the code takes.
   */
  readonly kind: 'unbounded' | 'load' | 'cache' | 'option' | 'allocation';
  /** The words as written: `tail /dev/zero`, `--vm-bytes 750M`. */
  readonly words: string;
  /** `the command line`, `CACHE_EVICTION of ConfigMap cart-env`. */
  readonly where: string;
  /** null where no size is named. */
  readonly bytes: number | null;
  readonly blame: Blame | null;
}

/** Everything that the settings say about memory, those without an end first. */
export function toldBy(settings: readonly Setting[]): readonly Told[] {
  const found = settings.flatMap((setting) =>
    (setting.role === 'variable' ? OF_VARIABLES : OF_CODE).flatMap((reader) =>
      reader(setting).map(({ offset, ...rest }): Told => ({
        ...rest,
        where: setting.name + setting.source,
        blame: setting.blameAt(offset),
      })),
    ),
  );
  return KINDS.flatMap((kind) => found.filter((one) => one.kind === kind));
}

const KINDS: readonly Told['kind'][] = ['unbounded', 'load', 'cache', 'allocation', 'option'];

type Match = Pick<Told, 'kind' | 'words' | 'bytes'> & { readonly offset: number };
type Reader = (setting: Setting) => readonly Match[];

/** Readers of command lines and scripts, and of environment variables. */
const OF_CODE: readonly Reader[] = [endless, growing, load, evictionOff, allocations, options];
const OF_VARIABLES: readonly Reader[] = [evictionOffByVariable, options, sizeOfVariable];

const LONGEST_QUOTE = 80;

/** What a text says from `at` on, over some characters. */
function said(kind: Told['kind'], bytes: number | null, text: string, at: number, length: number): Match {
  return { kind, bytes, words: text.slice(at, at + Math.min(length, LONGEST_QUOTE)).trim(), offset: at };
}

/** Devices that never end, read by something that keeps what it reads; `count=` and `head -c` put an end to it. */
function endless({ text }: Setting): readonly Match[] {
  return [...text.matchAll(/[^|;&\n]*\/dev\/(?:zero|u?random)\b[^;&\n]*/g)].flatMap((match) => {
    const [command] = match;
    const start = match.index + (command.length - command.trimStart().length);
    const isKept =
      /(?:^|[\s/|])(?:tail|tac|sort|grep|awk|python3?|perl|ruby|node)\b/.test(command) ||
      /(?:\bof=|>\s*)\/dev\/shm\//.test(command);
    const bound = boundOf(command);
    if (!isKept && !(bound !== null && command.includes('dd '))) return [];
    const kind = bound === null ? 'unbounded' : 'allocation';
    const offset = match.index + command.search(/\/dev\//);
    return [{ ...said(kind, bound, text, start, command.trim().length), offset }];
  });
}

/** `dd … bs=1M count=150`, `head -c 500M`: null without a bound. */
function boundOf(command: string): number | null {
  const count = Number(/\bcount=(\d+)/.exec(command)?.[1] ?? Number.NaN);
  const head = /\bhead\s+(?:-c|--bytes)[ =]?(\S+)/.exec(command)?.[1];
  if (head !== undefined) return sizeOf(head);
  if (Number.isNaN(count)) return null;
  return count * (sizeOf(/\bbs=(\S+)/.exec(command)?.[1] ?? '512') ?? 512);
}

/** Code that goes round for ever and keeps a little more each time. */
function growing({ text }: Setting): readonly Match[] {
  const bomb = /:\s*\(\)\s*\{\s*:\s*\|\s*:\s*&\s*\}/.exec(text);
  if (bomb) return [said('unbounded', null, text, bomb.index, bomb[0].length)];
  const loop =
    /\bwhile\s*\(?\s*(?:true|1|:)\s*\)?\s*[:;{\n]|\bfor\s*\(\s*;\s*;\s*\)|\bsetInterval\s*\(/i.exec(text);
  if (!loop) return [];
  const body = text.slice(loop.index);
  const isKept =
    /\.(?:append|push|extend|add)\s*\(|\b(\w+)\s*=\s*"?\$\{?\1\}?|\b\w+\s*\+=\s*(?:['"`[])|\b(\w+)\s*=\s*append\s*\(\s*\2\b/.test(
      body,
    );
  const isEmptied = /\.(?:clear|pop|shift)\s*\(|\bdel\b/.test(body);
  return isKept && !isEmptied ? [said('unbounded', null, text, loop.index, body.split('\n')[0]!.length)] : [];
}

/** Tools whose work is to take memory. */
function load({ text }: Setting): readonly Match[] {
  const bytes = /--vm-bytes[ =](\S+)/.exec(text);
  if (bytes) {
    const workers = Number(/(?:--vm|-m)[ =](\d+)/.exec(text)?.[1] ?? 1);
    const each = sizeOf(bytes[1]!);
    const all = each === null ? null : each * Math.max(1, workers);
    return [said('load', all, text, bytes.index, bytes[0].length)];
  }
  const tool =
    /\bstress(?:-ng)?\b[^;&|\n]*?(?:--vm|-m|--bigheap|--brk|--malloc|--shm|--mmap)\b(?:[ =]\d+)?/.exec(
      text,
    ) ?? /\b(?:memtester|memhog|stressapptest)\b(?:\s+(\S+))?/.exec(text);
  return tool ? [said('load', sizeOf(tool[1] ?? ''), text, tool.index, tool[0].length)] : [];
}

const OFF = /^(?:none|off|no|false|disabled?|never|unlimited|infinite|unbounded|inf|-1)$/i;

/** A cache that is told to keep everything. */
function evictionOffByVariable({ name, text }: Setting): readonly Match[] {
  const isCache =
    /CACHE.*EVICT|EVICT.*CACHE|CACHE_?(?:POLICY|TTL|EXPIRY|EXPIRATION)|EVICTION|CACHE.*(?:MAX|LIMIT|SIZE|ENTRIES|BOUND)|MAX.*CACHE/i.test(
      name,
    );
  const value = text.trim();
  const isOff = OFF.test(value) || (value === '0' && /MAX|LIMIT|TTL|EXPIR/i.test(name));
  return isCache && isOff ? [{ kind: 'cache', bytes: null, words: `${name}=${value}`, offset: 0 }] : [];
}

function evictionOff({ text }: Setting): readonly Match[] {
  const match =
    /\bmaxmemory-policy[ =]+noeviction\b|\bmaxmemory[ =]+0\b|--?[\w-]*(?:cache|evict)[\w-]*[ =](?:none|off|unlimited|disabled|unbounded|infinite)\b|--?(?:no|disable)-(?:cache-)?eviction\b/i.exec(
      text,
    );
  // Redis refuses writes at its maximum: a policy beside a maximum is no endless cache.
  if (!match || (/noeviction/i.test(match[0]) && /\bmaxmemory[ =]+[1-9]/i.test(text))) return [];
  return [said('cache', null, text, match.index, match[0].length)];
}

/** Sizes that code writes out: `bytearray(180 * 1024 * 1024)`, `Buffer.alloc(512 << 20)`, `'x' * 10**9`. */
function allocations({ text }: Setting): readonly Match[] {
  const pattern =
    /\b(?:bytearray|bytes|alloc(?:ate|Unsafe)?|malloc|calloc|Array|make|zeros|ones|repeat)\s*\(?[^()\n]*?(\d[\d_]*(?:\s*(?:\*\*?|<<)\s*\d[\d_]*)+)|['"][^'"\n]{1,4}['"]\s*\*\s*\(?(\d[\d_]*(?:\s*(?:\*\*?|<<)\s*\d[\d_]*)*)/gi;
  return [...text.matchAll(pattern)].flatMap((match) => {
    const bytes = product(match[1] ?? match[2] ?? '');
    return bytes === null || bytes < MEBIBYTE
      ? []
      : [said('allocation', bytes, text, match.index, match[0].length)];
  });
}

/** The value of `180 * 1024 ** 2` or `512 << 20`, from left to right; null for what is no such product. */
function product(text: string): number | null {
  const [first, ...rest] = text.replaceAll('_', '').split(/(\*\*|\*|<<)/);
  const powers: number[] = [Number(first)];
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const value = Number(rest[index + 1]);
    if (rest[index] === '*') powers.push(value);
    else if (rest[index] === '**') powers.push(powers.pop()! ** value);
    else powers.push(powers.pop()! * 2 ** value);
  }
  const result = powers.reduce((all, one) => all * one, 1);
  return Number.isFinite(result) ? result : null;
}

/** Options that name a size in a unit of their own. */
const WITH_UNIT: readonly (readonly [pattern: RegExp, unit: number])[] = [
  [/--max[-_]old[-_]space[-_]size[= ](\d+)/g, MEBIBYTE],
  [/\bmemcached\b[^\n]*?\s-m[ =]?(\d+)/g, MEBIBYTE],
  [/--wiredTigerCacheSizeGB[= ](\d+(?:\.\d+)?)/g, 1024 * MEBIBYTE],
];
const SIZED =
  /(?:^|[\s"'=])((?:--?)?[\w.-]*(?:mem(?:ory)?|heap|cache|buffers?|buffer[-_]pool)[\w.-]*)[= ]+"?(\d+(?:\.\d+)?\s?(?:[kmgt]i?b?))\b/gi;

/** Options that name a size; those of Java are read by `heap.ts`. */
function options({ text }: Setting): readonly Match[] {
  const withUnit = WITH_UNIT.flatMap(([pattern, unit]) =>
    [...text.matchAll(pattern)].map((match) =>
      said('option', Number(match[1]) * unit, text, match.index, match[0].length),
    ),
  );
  const sized = [...text.matchAll(SIZED)].flatMap((match) => {
    const bytes = sizeOf(match[2]!);
    const before = match[0].indexOf(match[1]!);
    return bytes === null
      ? []
      : [said('option', bytes, text, match.index + before, match[0].length - before)];
  });
  return [...withUnit, ...sized];
}

/** A variable that is a size itself: `CACHE_SIZE: 128Mi`. */
function sizeOfVariable(setting: Setting): readonly Match[] {
  const { name, text } = setting;
  if (!/MEM|HEAP|CACHE|BUFFER/i.test(name) || !/[a-z]/i.test(text) || options(setting).length > 0) return [];
  const bytes = sizeOf(text.trim());
  return bytes === null ? [] : [{ kind: 'option', bytes, words: `${name}=${text.trim()}`, offset: 0 }];
}

/** `750M`, `1.5g`, `512MiB`, `2GB`: bytes, binary units as programs mean them; null for anything else. */
function sizeOf(text: string): number | null {
  const match = /^["']?(\d+(?:\.\d+)?)\s?([kmgt])?(i?b)?["']?[,;)]?$/i.exec(text);
  if (!match) return null;
  const unit = match[2]?.toUpperCase();
  return parseQuantity(`${match[1]}${unit === undefined ? '' : `${unit}i`}`);
}
