import { InputError } from '../errors/input-error.ts';
import { reportBlocks, reportCsv, reportJson } from '../report/formats.ts';
import { reportOf, type WorthReport } from '../report/report.ts';
import { readEntries } from '../store/entries.ts';
import { readAuditAt } from '../store/open-store.ts';
import { toTerminal } from '../writers/terminal.ts';
import { parseTime } from './parse-time.ts';
import { asInputError, storePath } from './store-path.ts';
import { useColour } from './use-colour.ts';

export interface ReportOptions {
  readonly store?: string;
  readonly since?: string;
  readonly until?: string;
  readonly output: 'text' | 'json' | 'csv';
}

const WRITERS: Readonly<Record<ReportOptions['output'], (report: WorthReport) => string>> = {
  text: (report) => toTerminal(reportBlocks(report), { colour: useColour(process.stdout) }),
  json: reportJson,
  csv: reportCsv,
};

/** `faultline report`: what Faultline was worth, by the audit log of a store. */
export async function reportCommand(options: ReportOptions): Promise<void> {
  const since = options.since === undefined ? undefined : parseTime('--since', options.since);
  const until = options.until === undefined ? undefined : parseTime('--until', options.until);
  if (since !== undefined && until !== undefined && since >= until)
    throw new InputError(`--since ${options.since}: expected a time before --until ${options.until}`);
  const entries = await asInputError(options.store !== undefined, () =>
    readAuditAt(options.store ?? storePath(), (audit) => readEntries(audit.records())),
  );
  const period = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  process.stdout.write(WRITERS[options.output](reportOf(entries, period)));
}
