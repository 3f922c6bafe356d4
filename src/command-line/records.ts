import type { Command } from 'commander';
import type { AuditExportOptions, AuditVerifyOptions } from '../commands/audit.ts';
import type { ReportOptions } from '../commands/report.ts';
import type { StoreMigrateOptions, StoreOptions } from '../commands/store.ts';
import { append, outputOption, storeOption } from './options.ts';

/** The commands about what `serve` remembers. */
export function addRecordsCommands(faultline: Command): void {
  addReport(faultline);
  addAudit(faultline);
  addStore(faultline);
}

function addReport(faultline: Command): void {
  faultline
    .command('report')
    .description('say what Faultline was worth: times, proposals and precision, by rule and team')
    .addOption(storeOption())
    .option('--since <time>', 'only incidents and proposals from this time on, RFC 3339')
    .option('--until <time>', 'only incidents and proposals before this time, RFC 3339')
    .option(
      '--history <file>',
      'answer of guard --history --output json: say what it foresaw and missed instead',
    )
    .option('--repo <path>', 'with --history: the repository that was replayed', '.')
    .addOption(outputOption(['text', 'markdown', 'json', 'csv']))
    .action(async (options: ReportOptions) => {
      const { reportCommand } = await import('../commands/report.ts');
      await reportCommand(options);
    });
}

function addAudit(faultline: Command): void {
  const audit = faultline
    .command('audit')
    .description('verify and export the log of what Faultline decided and did');

  audit
    .command('verify')
    .description('check that no record was changed, removed, moved or cut off the end')
    .addOption(storeOption())
    .option(
      '--anchor <sequence:hash>',
      'record that the log must contain, as a pull request states it; may be repeated',
      append,
      [],
    )
    .addOption(outputOption(['text', 'json']))
    .action(async (options: AuditVerifyOptions) => {
      const { auditVerifyCommand } = await import('../commands/audit.ts');
      await auditVerifyCommand(options);
    });

  audit
    .command('export')
    .description('print the records, one JSON object a line')
    .addOption(storeOption())
    .option('--since <time>', 'only records from this time on, RFC 3339')
    .action(async (options: AuditExportOptions) => {
      const { auditExportCommand } = await import('../commands/audit.ts');
      await auditExportCommand(options);
    });
}

function addStore(faultline: Command): void {
  const store = faultline.command('store').description('back up, recover and migrate the store of serve');

  store
    .command('backup <file>')
    .description('copy the store to a new file; serve may be running')
    .addOption(storeOption())
    .addOption(outputOption(['text', 'json']))
    .action(async (file: string, options: StoreOptions) => {
      const { storeBackupCommand } = await import('../commands/store.ts');
      await storeBackupCommand(file, options);
    });

  store
    .command('recover')
    .description('accept a store that was copied without its -wal file; the records in that file are lost')
    .addOption(storeOption())
    .addOption(outputOption(['text', 'json']))
    .action(async (options: StoreOptions) => {
      const { storeRecoverCommand } = await import('../commands/store.ts');
      await storeRecoverCommand(options);
    });

  store
    .command('migrate <file>')
    .description('copy the store from its file to an empty PostgreSQL database; all of it or nothing')
    .option('--to <address>', 'postgres:// address to copy to, instead of $FAULTLINE_STORE')
    .addOption(outputOption(['text', 'json']))
    .action(async (file: string, options: StoreMigrateOptions) => {
      const { storeMigrateCommand } = await import('../commands/store.ts');
      await storeMigrateCommand(file, options);
    });
}
