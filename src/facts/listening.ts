import { shortened } from '../untrusted/shorten.ts';

/** Where a program says that it listens. */
export interface Listening {
  readonly port: number;
  /** Only inside the container: the kubelet asks at the address of the pod. */
  readonly isLoopback: boolean;
  /** The line, shortened. */
  readonly line: string;
}

const ADDRESS = String.raw`(?:(?:https?|tcp|grpc)://)?(?:\[?([\w.:*-]*?)\]?:)?(\d{2,5})\b(?![:.]\d)`;

/** `listening on :8080`, `Uvicorn running on http://0.0.0.0:8000`, `Tomcat started on port(s): 8080`, `server started on port 50051`. */
const LISTENS = new RegExp(
  String.raw`\b(?:listen(?:s|ing)?|serv(?:es|ing)|running|started|bound|ready|exposed|available|bind(?:ing)?|accepting connections)\b[^\n]{0,60}?(?:\bon\b|\bat\b|\bto\b|\bport(?:\(s\))?|:)[^\n\d]{0,24}?` +
    ADDRESS,
  'i',
);
/** No time of day, which has colons as well. */
const HOST = /^(?:\*|[a-z][\w.-]*|\d+(?:\.\d+){3}|[\da-f:]*::[\da-f:]*)?$/i;
const NOT_YET =
  /\b(?:fail(?:ed|ure)?|error|cannot|could not|unable|refused|in use|retry|retrying|connect(?:ed|ing)? to)\b/i;

/** The ports that a log says the program listens on, each once, as its last lines have them. */
export function listeningIn(log: string): readonly Listening[] {
  const found = new Map<number, Listening>();
  for (const line of log.split('\n')) {
    const match = NOT_YET.test(line) ? null : LISTENS.exec(line);
    const port = Number(match?.[2] ?? 0);
    if (!match || port < 1 || port > 65_535) continue;
    const host = match[1] ?? '';
    if (!HOST.test(host)) continue;
    found.set(port, {
      port,
      isLoopback: /^(?:127\.|localhost$|::1$)/.test(host),
      line: shortened(line, 200),
    });
  }
  return [...found.values()];
}

/** What programs and frameworks say once they are up: `Started Ferry in 48.2 seconds`, `Server startup in [31,204] milliseconds`. */
const STARTED: readonly RegExp[] = [
  /\bstarted\b[^\n]{0,120}? in (?:about )?([\d.,]+) ?(ms|milliseconds?|s|secs?|seconds?)\b/i,
  /\b(?:startup|start-up|boot|initiali[sz]ation|ready)\b[^\n]{0,60}?(?:in|took|after|:) \[?([\d.,]+)\]? ?(ms|milliseconds?|s|secs?|seconds?)\b/i,
];

/** How long the program says that it took to start, in seconds; null where it does not say. */
export function startUpIn(log: string): { readonly seconds: number; readonly line: string } | null {
  for (const line of log.split('\n').toReversed()) {
    for (const words of STARTED) {
      const [, number, unit] = words.exec(line) ?? [];
      if (number === undefined || unit === undefined) continue;
      const value = Number(number.replace(/,(?=\d{3}\b)/g, '').replace(',', '.'));
      if (!Number.isFinite(value) || value <= 0) continue;
      return { seconds: /^m/i.test(unit) ? value / 1000 : value, line: shortened(line, 200) };
    }
  }
  return null;
}
