/**
 * A message on one line of at most `limit` characters. Errors are wrapped from the outside, so what went wrong is at
 * the end: wrapping goes first, then what is said again, then clauses behind the first one. The reason stays.
 *
 * What is no message (an image, a path) loses its middle: both ends tell it apart from others.
 */
export function shortened(text: string, limit = 300): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= limit) return line;
  if (!line.includes(' ')) return withoutMiddle(line, limit, 1 / 3);
  let short = line;
  for (const step of [withoutPreemption, withoutJson, withoutWrapping, withoutRepetitions]) {
    short = step(short);
    if (short.length <= limit) return short;
  }
  return endOfChain(short, limit);
}

/**
 * A message of several lines, in as many: at most `maxLines`, of which the last ones say most, and each shortened for itself.
 */
export function shortenedLines(text: string, maxLines = 12, limit = 600): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const shown =
    lines.length <= maxLines
      ? lines
      : [...lines.slice(0, 3), `… ${lines.length - maxLines + 1} more lines …`, ...lines.slice(4 - maxLines)];
  return shown.map((line) => (line.length > limit ? shortened(line, limit) : line.trimEnd())).join('\n');
}

/** The scheduler says first why no node takes a pod, and then that removing other pods would not help. */
function withoutPreemption(line: string): string {
  return line.replace(
    /\.? (?:no new claims to deallocate, )?preemption: \d+\/\d+ nodes are available: .*$/,
    '.',
  );
}

/** Registries and APIs answer in JSON: of that, what people read. `{"errors":[{"code":"DENIED","message":"…"}]}` is `DENIED: …`. */
function withoutJson(line: string): string {
  const start = line.search(/[{[]\s?[{"]/);
  if (start < 0) return line;
  const end = Math.max(line.lastIndexOf('}'), line.lastIndexOf(']')) + 1;
  const said = [line.slice(start, end), line.slice(start, end).replaceAll('\\"', '"')].flatMap(
    (json) => saidIn(json) ?? [],
  )[0];
  return said === undefined ? line : line.slice(0, start) + said + line.slice(end);
}

function saidIn(json: string): string | null {
  try {
    return reasonsOf(JSON.parse(json)).join('; ') || null;
  } catch {
    return null;
  }
}

function reasonsOf(value: unknown, depth = 0): readonly string[] {
  if (typeof value !== 'object' || value === null || depth > 4) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => reasonsOf(item, depth + 1));
  const fields = value as Readonly<Record<string, unknown>>;
  const [code, message] = [
    fields['code'] ?? fields['reason'],
    fields['message'] ?? fields['msg'] ?? fields['error_description'] ?? fields['error'],
  ].map((field) => (typeof field === 'string' && field !== '' ? field : null));
  if (message !== null && message !== undefined)
    return [code && code !== message ? `${code}: ${message}` : message];
  const inner = ['errors', 'error', 'details', 'status', 'body'].flatMap((field) =>
    reasonsOf(fields[field], depth + 1),
  );
  return inner.length === 0 && code ? [code] : inner;
}

/** What the kubelet, CRI and the container runtimes put around a reason. The first of them says what failed, and stays. */
const WRAPPING =
  /(?:rpc error: code = \w+ desc = |(?:Err|Image)[A-Z]\w+: |Error response from daemon: |(?<=: )Failed to pull image "[^"]*": |failed to pull and unpack image "[^"]*": |failed to resolve (?:reference|image) "[^"]*": |failed to copy: |httpReadSeeker: |failed open: |(?:pinging container registry|initializing source|reading manifest \S+ in) \S+: |unable to (?:pull|copy from source) \S+: |Source image rejected: |writing blob: |(?<![A-Za-z])Error: )/g;

function withoutWrapping(line: string): string {
  return line.replace(WRAPPING, '');
}

/** A long word (an image, an address) that was said is not said again. */
function withoutRepetitions(line: string): string {
  const said = new Set<string>();
  return line
    .split(' ')
    .map((word) => {
      const [, core = ''] = /^["'(\\]*(.*?)["'),.:;\\]*$/.exec(word) ?? [];
      if (core.length < 20) return word;
      if (said.has(core)) return word.replace(core, '…');
      said.add(core);
      return word;
    })
    .join(' ');
}

/** The first clause and as many of the last ones as fit. Where one clause is all there is, its start counts as much as its end. */
function endOfChain(line: string, limit: number): string {
  // A colon within braces is no clause: `{node-role.kubernetes.io/control-plane: }`.
  const clauses = line.split(/(?<=: )(?![}\])])/);
  const reason = clauses.at(-1)!;
  if (clauses.length < 3 || reason.length > (limit * 2) / 3) return withoutMiddle(line, limit, 1 / 2);
  let tail = '';
  let at = clauses.length;
  while (at > 1 && tail.length + clauses[at - 1]!.length <= (limit * 3) / 4) tail = clauses[--at]! + tail;
  const head = line.slice(0, line.length - tail.length);
  const room = limit - tail.length - 3;
  const first = head.length <= room ? head : `${head.slice(0, room).trimEnd()} … `;
  return `${first}${tail}`.toWellFormed();
}

function withoutMiddle(line: string, limit: number, share: number): string {
  const tail = Math.floor(limit * share);
  return `${line.slice(0, limit - tail - 1).trimEnd()}…${line.slice(-tail).trimStart()}`.toWellFormed();
}
