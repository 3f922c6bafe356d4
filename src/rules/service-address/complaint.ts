import { recordAt } from '../../kubernetes/objects.ts';
import { shortened } from '../../untrusted/shorten.ts';
import type { Destination } from '../../witnesses/service-addresses.ts';

const COMPLAINS =
  /refused|timed? ?out|timeout|unreachable|unavailable|unable|cannot|can't|could not|couldn't|failed|failure|error|exception|no route|UnableToConnect|not (?:be )?(?:resolved?|known|found)|no such host|lookup|ENOTFOUND|EAI_AGAIN|UnknownHost|getaddrinfo|zero addresses|name resolution|bad address/i;

/**
 * The last line of a log that complains of an address: by its host (or the IP of its Service) with the port where the port is wrong, by its host
 * alone where no Service has the name. Null without one.
 */
export function complaintOf(
  log: string,
  { address: { host, port }, service, name }: Destination,
): string | null {
  const ip = service && recordAt(service, 'spec')['clusterIP'];
  const hosts = [host, name, ...(typeof ip === 'string' && ip !== '' ? [ip] : [])];
  const written = hosts.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const end =
    service === undefined || port === null
      ? String.raw`(?![\w-])`
      : String.raw`\S{0,60}?\D{1,20}${port}(?!\d)`;
  const named = new RegExp(String.raw`(?<![\w-])(?:${written})${end}`);
  const line = log.split('\n').findLast((one) => COMPLAINS.test(one) && named.test(one));
  return line === undefined ? null : around(line.trim(), named.exec(line.trim())?.index ?? 0);
}

/** What tells of a long line stands beside the address. */
const BEFORE = 120;
const LONGEST = 240;

function around(line: string, at: number): string {
  if (line.length <= LONGEST) return line;
  const from = at <= BEFORE ? 0 : line.indexOf(' ', at - BEFORE) + 1;
  return shortened(line.slice(from, from + LONGEST), LONGEST);
}
