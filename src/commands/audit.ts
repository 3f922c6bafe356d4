import { InputError } from '../errors/input-error.ts';
import {
  anchorText,
  parseAnchor,
  type AuditAnchor,
  type AuditReader,
  type AuditRecord,
} from '../store/audit.ts';
import type { Json } from '../kubernetes/objects.ts';
import { printedJson } from '../output/printed-json.ts';
import { checkChain, type BrokenChain, type ChainCheck, type IntactChain } from '../store/check-chain.ts';
import { readAuditAt } from '../store/open-store.ts';
import { parseTime } from './parse-time.ts';
import { asInputError, storePath } from './store-path.ts';

export interface AuditVerifyOptions {
  readonly store?: string;
  readonly anchor: readonly string[];
  readonly output: 'text' | 'json';
}

export interface AuditExportOptions {
  readonly store?: string;
  readonly since?: string;
}

/** `faultline audit verify`: says whether all records are there as they were written. Exit status 1 when they are not. */
export async function auditVerifyCommand(options: AuditVerifyOptions): Promise<void> {
  const given = options.anchor.map(parsedAnchor);
  const check = await reading(options.store, async (audit) =>
    checkChain(audit.records(), [...(await audit.anchors()), ...given]),
  );
  const text = (): string => (check.intact ? intactText(check) : brokenText(check));
  process.stdout.write(options.output === 'json' ? printedJson(checkJson(check)) : text());
  if (!check.intact) process.exitCode = 1;
}

function checkJson(check: ChainCheck): Json {
  if (!check.intact) {
    const { sequence, fault, message } = check;
    return { version: 1, intact: false, sequence, fault, message };
  }
  const { records, first, head, tooOld } = check;
  return {
    version: 1,
    intact: true,
    records,
    first,
    head: head === null ? null : anchorText(head),
    notCompared: tooOld.map(anchorText),
  };
}

function brokenText({ sequence, fault, message }: BrokenChain): string {
  return `broken at record ${sequence} (${fault}): ${message}\n`;
}

function intactText({ records, first, head, tooOld }: IntactChain): string {
  const lines = [
    head === null
      ? 'intact: the log is empty'
      : `intact: ${records} record(s), ${first} to ${head.sequence}; the head is ${anchorText(head)}`,
  ];
  if (first !== null && first > 1)
    lines.push(`records before ${first} were retired, and a checkpoint vouches for them`);
  if (tooOld.length > 0) lines.push(`not compared, because retired: ${tooOld.map(anchorText).join(', ')}`);
  return `${lines.join('\n')}\n`;
}

/** `faultline audit export`: one JSON object a line. */
export async function auditExportCommand(options: AuditExportOptions): Promise<void> {
  const since = options.since === undefined ? undefined : parseTime('--since', options.since);
  await reading(options.store, async (audit) => {
    for await (const record of audit.records(since)) process.stdout.write(exportedLine(record));
  });
}

/** With the payload as JSON; made canonical again, it has the hash that the record says. */
function exportedLine({ sequence, at, kind, payload, previous, hash }: AuditRecord): string {
  const time = new Date(at).toISOString();
  return `${JSON.stringify({ sequence, at: time, kind, payload: JSON.parse(payload), previous, hash })}\n`;
}

function parsedAnchor(text: string): AuditAnchor {
  const anchor = parseAnchor(text);
  if (anchor === null)
    throw new InputError(
      `--anchor ${text}: expected <sequence>:<hash>, the hash with 16 to 64 hexadecimal digits`,
    );
  return anchor;
}

function reading<T>(named: string | undefined, read: (audit: AuditReader) => Promise<T>): Promise<T> {
  return asInputError(named !== undefined, () => readAuditAt(named ?? storePath(), read));
}
