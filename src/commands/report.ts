import { InputError } from '../errors/input-error.ts';
import { reportBlocks, reportCsv, reportJson } from '../report/formats.ts';
import { reportOf, type WorthReport } from '../report/report.ts';
import { readEntries } from '../store/entries.ts';
import { readAuditAt } from '../store/open-store.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { toTerminal } from '../writers/terminal.ts';
import { parseTime } from './parse-time.ts';
import { foresightText } from './report-history.ts';
import { asInputError, storePath } from './store-path.ts';
import { terminalOptions } from './use-colour.ts';

export interface ReportOptions {
  readonly store?: string;
  readonly since?: string;
  readonly until?: string;
  readonly history?: string;
  readonly repo?: string;
  readonly output: 'text' | 'markdown' | 'json' | 'csv';
}

const WRITERS: Readonly<Record<ReportOptions['output'], (report: WorthReport) => string>> = {
  text: (report) => toTerminal(reportBlocks(report), terminalOptions(process.stdout)),
  markdown: (report) => toMarkdown(reportBlocks(report)),
  json: reportJson,
  csv: reportCsv,
};

/** `faultline report`: what Faultline was worth, by the audit log of a store. */
export async function reportCommand(options: ReportOptions): Promise<void> {
  const since = options.since === undefined ? undefined : parseTime('--since', options.since);
  const until = options.until === undefined ? undefined : parseTime('--until', options.until);
  if (since !== undefined && until !== undefined && since >= until)
    throw new InputError(`--since ${options.since}: expected a time before --until ${options.until}`);
  if (options.history !== undefined && (since !== undefined || until !== undefined))
    throw new InputError('--history takes the time from the replay: leave out --since and --until');
  const entries = await asInputError(options.store !== undefined, () =>
    readAuditAt(options.store ?? storePath(), (audit) => readEntries(audit.records())),
  );
  if (options.history !== undefined) {
    process.stdout.write(await foresightText(entries, { ...options, history: options.history }));
    return;
  }
  const period = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  process.stdout.write(WRITERS[options.output](reportOf(entries, period)));
}
