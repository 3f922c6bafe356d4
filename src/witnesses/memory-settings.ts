import { parseQuantity } from '../kubernetes/quantities.ts';
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
    READERS.flatMap((reader) =>
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

const READERS: readonly Reader[] = [endless, growing, load, evictionOff, allocations, options];

const LONGEST_QUOTE = 80;

function quote(text: string, at: number, length: number): Pick<Match, 'words' | 'offset'> {
  return { words: text.slice(at, at + Math.min(length, LONGEST_QUOTE)).trim(), offset: at };
}

/** Devices that never end, read by something that keeps what it reads; `count=` and `head -c` put an end to it. */
function endless({ text, role }: Setting): readonly Match[] {
  if (role === 'variable') return [];
  return [...text.matchAll(/[^|;&\n]*\/dev\/(?:zero|u?random)\b[^;&\n]*/g)].flatMap(
    (match): readonly Match[] => {
      const [command] = match;
      const start = match.index + (command.length - command.trimStart().length);
      const isKept = /(?:^|[\s/|])(?:tail|tac|sort|grep|awk|python3?|perl|ruby|node)\b/.test(command);
      const inMemory = /(?:\bof=|>\s*)\/dev\/shm\//.test(command);
      const offset = match.index + command.search(/\/dev\//);
      const bound = boundOf(command);
      if (bound !== null) {
        return isKept || inMemory || command.includes('dd ')
          ? [{ kind: 'allocation', bytes: bound, ...quote(text, start, command.trim().length), offset }]
          : [];
      }
      return isKept || inMemory
        ? [{ kind: 'unbounded', bytes: null, ...quote(text, start, command.trim().length), offset }]
        : [];
    },
  );
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
function growing({ text, role }: Setting): readonly Match[] {
  if (role === 'variable') return [];
  const bomb = /:\s*\(\)\s*\{\s*:\s*\|\s*:\s*&\s*\}/.exec(text);
  const loop =
    /\bwhile\s*\(?\s*(?:true|1|:)\s*\)?\s*[:;{\n]|\bfor\s*\(\s*;\s*;\s*\)|\bsetInterval\s*\(/i.exec(text);
  const kept =
    loop &&
    /\.(?:append|push|extend|add)\s*\(|\b(\w+)\s*=\s*"?\$\{?\1\}?|\b\w+\s*\+=\s*(?:['"`[])|\b(\w+)\s*=\s*append\s*\(\s*\2\b/.exec(
      text.slice(loop.index),
    );
  const isEmptied = loop && /\.(?:clear|pop|shift)\s*\(|\bdel\b/.test(text.slice(loop.index));
  if (bomb) return [{ kind: 'unbounded', bytes: null, ...quote(text, bomb.index, bomb[0].length) }];
  if (!loop || !kept || isEmptied) return [];
  return [
    {
      kind: 'unbounded',
      bytes: null,
      ...quote(text, loop.index, /[^\n]*/.exec(text.slice(loop.index))![0].length),
    },
  ];
}

/** Tools whose work is to take memory. */
function load({ text, role }: Setting): readonly Match[] {
  if (role === 'variable') return [];
  const bytes = /--vm-bytes[ =](\S+)/.exec(text);
  if (bytes) {
    const workers = Number(/(?:--vm|-m)[ =](\d+)/.exec(text)?.[1] ?? 1);
    const each = sizeOf(bytes[1]!);
    return [
      {
        kind: 'load',
        bytes: each === null ? null : each * Math.max(1, workers),
        ...quote(text, bytes.index, bytes[0].length),
      },
    ];
  }
  const tool =
    /\bstress(?:-ng)?\b[^;&|\n]*?(?:--vm|-m|--bigheap|--brk|--malloc|--shm|--mmap)\b(?:[ =]\d+)?/.exec(
      text,
    ) ?? /\b(?:memtester|memhog|stressapptest)\b(?:\s+(\S+))?/.exec(text);
  if (!tool) return [];
  return [
    {
      kind: 'load',
      bytes: tool[1] === undefined ? null : sizeOf(tool[1]),
      ...quote(text, tool.index, tool[0].length),
    },
  ];
}

const OFF = /^(?:none|off|no|false|disabled?|never|unlimited|infinite|unbounded|inf|-1)$/i;

/** A cache that is told to keep everything. */
function evictionOff({ name, text, role }: Setting): readonly Match[] {
  if (role === 'variable') {
    const isEviction = /CACHE.*EVICT|EVICT.*CACHE|CACHE_?(?:POLICY|TTL|EXPIRY|EXPIRATION)|EVICTION/i.test(
      name,
    );
    const isBound = /CACHE.*(?:MAX|LIMIT|SIZE|ENTRIES|BOUND)|MAX.*CACHE/i.test(name);
    const isOff = OFF.test(text.trim()) || (text.trim() === '0' && /MAX|LIMIT|TTL|EXPIR/i.test(name));
    return (isEviction || isBound) && isOff
      ? [{ kind: 'cache', bytes: null, words: `${name}=${text.trim()}`, offset: 0 }]
      : [];
  }
  const match =
    /\bmaxmemory-policy[ =]+noeviction\b|\bmaxmemory[ =]+0\b|--?[\w-]*(?:cache|evict)[\w-]*[ =](?:none|off|unlimited|disabled|unbounded|infinite)\b|--?(?:no|disable)-(?:cache-)?eviction\b/i.exec(
      text,
    );
  // Redis refuses writes at its maximum: a policy beside a maximum is no endless cache.
  if (!match || (/noeviction/i.test(match[0]) && /\bmaxmemory[ =]+[1-9]/i.test(text))) return [];
  return [{ kind: 'cache', bytes: null, ...quote(text, match.index, match[0].length) }];
}

/** Sizes that code writes out: `bytearray(180 * 1024 * 1024)`, `Buffer.alloc(512 << 20)`, `'x' * 10**9`. */
function allocations({ text, role }: Setting): readonly Match[] {
  if (role === 'variable') return [];
  const pattern =
    /\b(?:bytearray|bytes|alloc(?:ate|Unsafe)?|malloc|calloc|Array|make|zeros|ones|repeat)\s*\(?[^()\n]*?(\d[\d_]*(?:\s*(?:\*\*?|<<)\s*\d[\d_]*)+)|['"][^'"\n]{1,4}['"]\s*\*\s*\(?(\d[\d_]*(?:\s*(?:\*\*?|<<)\s*\d[\d_]*)*)/gi;
  return [...text.matchAll(pattern)].flatMap((match): readonly Match[] => {
    const bytes = product(match[1] ?? match[2] ?? '');
    return bytes === null || bytes < 2 ** 20
      ? []
      : [{ kind: 'allocation', bytes, ...quote(text, match.index, match[0].length) }];
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

/** Options and variables that name a size; of Java's there is a judgement of its own. */
function options({ name, text, role }: Setting): readonly Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(/--max[-_]old[-_]space[-_]size[= ](\d+)/g))
    found.push({
      kind: 'option',
      bytes: Number(match[1]) * 2 ** 20,
      ...quote(text, match.index, match[0].length),
    });
  const memcached = /\bmemcached\b[^\n]*?\s-m[ =]?(\d+)/.exec(text);
  if (memcached)
    found.push({
      kind: 'option',
      bytes: Number(memcached[1]) * 2 ** 20,
      ...quote(text, memcached.index, memcached[0].length),
    });
  const gigabytes = /--wiredTigerCacheSizeGB[= ](\d+(?:\.\d+)?)/.exec(text);
  if (gigabytes)
    found.push({
      kind: 'option',
      bytes: Number(gigabytes[1]) * 2 ** 30,
      ...quote(text, gigabytes.index, gigabytes[0].length),
    });
  const sizes =
    /(?:^|[\s"'=])((?:--?)?[\w.-]*(?:mem(?:ory)?|heap|cache|buffers?|buffer[-_]pool)[\w.-]*)[= ]+"?(\d+(?:\.\d+)?\s?(?:[kmgt]i?b?))\b/gi;
  for (const match of text.matchAll(sizes)) {
    const bytes = sizeOf(match[2]!);
    const at = match.index + match[0].indexOf(match[1]!);
    if (bytes !== null)
      found.push({ kind: 'option', bytes, ...quote(text, at, match[0].length - (at - match.index)) });
  }
  if (role === 'variable' && found.length === 0 && /MEM|HEAP|CACHE|BUFFER/i.test(name)) {
    const bytes = /[a-z]/i.test(text) ? sizeOf(text.trim()) : null;
    if (bytes !== null) found.push({ kind: 'option', bytes, words: `${name}=${text.trim()}`, offset: 0 });
  }
  return found;
}

/** `750M`, `1.5g`, `512MiB`, `2GB`: bytes, binary units as programs mean them; null for anything else. */
export function sizeOf(text: string): number | null {
  const match = /^["']?(\d+(?:\.\d+)?)\s?([kmgt])?(i?b)?["']?[,;)]?$/i.exec(text);
  if (!match) return null;
  const unit = match[2]?.toUpperCase();
  return parseQuantity(`${match[1]}${unit === undefined ? '' : `${unit}i`}`);
}
