import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { AuditExportOptions, AuditVerifyOptions } from './commands/audit.ts';
import type { BlameOptions } from './commands/blame.ts';
import { ownVersion } from './commands/own-version.ts';
import type { ConfigExplainOptions } from './commands/config-explain.ts';
import type { DiagnoseOptions } from './commands/diagnose.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { GuardHistoryOptions } from './commands/guard-history.ts';
import type { GuardOptions } from './commands/guard.ts';
import type { LocateOptions } from './commands/locate.ts';
import type { McpOptions } from './commands/mcp.ts';
import type { RecordOptions } from './commands/record.ts';
import type { ReportOptions } from './commands/report.ts';
import type { RendererOptions } from './commands/renderer.ts';
import type { ServeOptions } from './commands/serve.ts';
import type { StoreMigrateOptions, StoreOptions } from './commands/store.ts';
import { completionFor, SHELLS, type Shell } from './command-line/completion.ts';
import { describeCommand, type CommandDescription } from './command-line/description.ts';
import { examplesText } from './command-line/examples.ts';
import { manPage } from './command-line/man-page.ts';
import { messageOf } from './errors/error-message.ts';
import { InputError } from './errors/input-error.ts';

/** Exit status (contract §5.2): 0 done, 1 failed, 2 the call or its input is unusable. */
const FAILED = 1;
const UNUSABLE = 2;

const PULL_CHARTS = 'download charts from anywhere with helm; otherwise only from where charts.pull allows';
const ASK_REGISTRIES =
  'ask any image registry which tags it has; otherwise only those that registries.ask allows';

const ORG_DEFAULTS = "the organisation's defaults: faultline.yml, or a checkout of its .github repository";

const STORE =
  'file or postgres:// address of the store, instead of $FAULTLINE_STORE or the file in the state folder';

function program(): Command {
  const faultline = new Command('faultline')
    .description('Finds the line in git that broke a Kubernetes workload, and proves the fix')
    .version(ownVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(faultline <command> --help lists what a command takes)');
  addDiagnose(faultline);
  addRecord(faultline);
  addServe(faultline);
  addRenderer(faultline);
  addDoctor(faultline);
  addLocate(faultline);
  addBlame(faultline);
  addMcp(faultline);
  addGuard(faultline);
  addConfig(faultline);
  addAudit(faultline);
  addReport(faultline);
  addStore(faultline);
  addCompletion(faultline);
  addManual(faultline);
  for (const command of faultline.commands) addExamples(command, command.name());
  return faultline;
}

/** What the commands of the program are called and take. */
export function describedProgram(): CommandDescription {
  return describeCommand(program(), ['man']);
}

function addExamples(command: Command, path: string): void {
  command.addHelpText('after', examplesText(path));
  for (const one of command.commands) addExamples(one, `${path} ${one.name()}`);
}

function addCompletion(faultline: Command): void {
  faultline
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell that runs the script').choices(SHELLS))
    .action((shell: Shell) => void process.stdout.write(completionFor(shell, describedProgram())));
}

/** For the build, which writes it into a file. */
function addManual(faultline: Command): void {
  faultline
    .command('man', { hidden: true })
    .description('print the manual in roff')
    .action(() => void process.stdout.write(manPage(describedProgram(), ownVersion())));
}

function addDiagnose(faultline: Command): void {
  faultline
    .command('diagnose')
    .description('work out what is wrong in a cluster, and propose fixes in the repository')
    .requiredOption('--repo <path>', 'infrastructure repository: a git work tree, or a plain folder')
    .option('--snapshot <path>', 'recorded cluster: a folder or a file of objects')
    .option('--context <name>', 'live cluster: a context of the kubeconfig; Faultline only reads it')
    .option('--prometheus <url>', 'address of the Prometheus that has the metrics of the live cluster', url)
    .option('--config <file>', 'configuration, instead of .github/faultline.yml of the repository')
    .option('--org-defaults <path>', ORG_DEFAULTS)
    .option('--settings <file>', 'settings file of serve, whose ceiling and explanation apply')
    .option('--now <time>', 'time at which to read the snapshot, RFC 3339')
    .addOption(
      new Option('--output <format>', 'how to print').choices(['text', 'json', 'markdown']).default('text'),
    )
    .option('--pull-charts', PULL_CHARTS)
    .option('--ask-registries', ASK_REGISTRIES)
    .option('--quiet', 'show no progress on a terminal')
    .option('--exit-code', 'exit with 3 when an incident was found')
    .option('--open-pull-requests', 'open and update pull requests on GitHub; needs GITHUB_TOKEN or GH_TOKEN')
    .option('--write-branches', 'write each proposal into the repository: one branch with one commit')
    .action(async (options: DiagnoseOptions) => {
      const { diagnoseCommand } = await import('./commands/diagnose.ts');
      await diagnoseCommand(options);
    });
}

function addRecord(faultline: Command): void {
  faultline
    .command('record')
    .description(
      'record a live cluster in a folder that diagnose reads; the cluster is only read, Secrets never',
    )
    .requiredOption('--context <name>', 'live cluster: a context of the kubeconfig')
    .requiredOption('--out <dir>', 'folder to write: a new or an empty one')
    .option('--prometheus <url>', 'address of the Prometheus that has the metrics of the cluster', url)
    .option('--kubeconfig <file>', 'kubeconfig, instead of $KUBECONFIG or ~/.kube/config')
    .action(async (options: RecordOptions) => {
      const { recordCommand } = await import('./commands/record.ts');
      await recordCommand(options);
    });
}

function addServe(faultline: Command): void {
  faultline
    .command('serve')
    .description('run the GitHub App')
    .option(
      '--settings <file>',
      'file that names the clusters to scan, and how often',
      'faultline-service.yml',
    )
    .action(async (options: ServeOptions) => {
      const { serveCommand } = await import('./commands/serve.ts');
      await serveCommand(options);
    });
}

function addRenderer(faultline: Command): void {
  faultline
    .command('renderer')
    .description('render what serve and diagnose send, apart from their credentials')
    .option('--port <port>', 'port to listen on', port, 8090)
    .option('--host <address>', 'address to listen on, instead of $HOST or localhost')
    .option('--socket <path>', 'unix socket to listen on, instead of a port')
    .option('--parallel <count>', 'renders side by side; by default one for each processor', positive)
    .action(async (options: RendererOptions) => {
      const { rendererCommand } = await import('./commands/renderer.ts');
      await rendererCommand(options);
    });
}

function addDoctor(faultline: Command): void {
  faultline
    .command('doctor')
    .description('check tools, settings, credentials and clusters')
    .option('--settings <file>', 'settings file of serve', 'faultline-service.yml')
    .addOption(new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      await doctorCommand(options);
    });
}

function addLocate(faultline: Command): void {
  faultline
    .command('locate')
    .description('find the line that controls a field of an object, and what would change it')
    .requiredOption('--repo <path>', 'infrastructure repository: a git work tree, or a plain folder')
    .requiredOption('--object <kind/name>', 'object as it is rendered: Deployment/cart')
    .option('-n, --namespace <namespace>', 'namespace of the object')
    .option('--api-version <version>', 'apiVersion of the object, where kinds share a name')
    .option(
      '--root <root>',
      'only this root: a folder, or Application|Kustomization|HelmRelease/<namespace>/<name>',
    )
    .requiredOption('--field <path>', 'field, as in: spec.template.spec.containers[name=server].image')
    .option('--set <value>', 'show the edit that gives the field this value, and its proof')
    .option('--pull-charts', PULL_CHARTS)
    .option('--write', 'make the edit in the work tree')
    .option('--exit-code', 'exit with 3 when Faultline declines to answer')
    .addOption(new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (options: LocateOptions) => {
      const { locateCommand } = await import('./commands/locate.ts');
      await locateCommand(options);
    });
}

function addBlame(faultline: Command): void {
  faultline
    .command('blame')
    .description(
      'list the lines that set a field of an object, who wrote them, and what the field was before',
    )
    .requiredOption('--repo <path>', 'infrastructure repository: a git work tree, or a plain folder')
    .requiredOption('--object <kind/name>', 'object as it is rendered: Deployment/cart')
    .option('-n, --namespace <namespace>', 'namespace of the object')
    .option('--api-version <version>', 'apiVersion of the object, where kinds share a name')
    .option(
      '--root <root>',
      'only this root: a folder, or Application|Kustomization|HelmRelease/<namespace>/<name>',
    )
    .requiredOption('--field <path>', 'field, as in: spec.template.spec.containers[name=server].image')
    .option('--pull-charts', PULL_CHARTS)
    .option('--snapshot <path>', 'recorded cluster, to compare with: a folder or a file of objects')
    .option(
      '--context <name>',
      'live cluster, to compare with: a context of the kubeconfig; Faultline only reads it',
    )
    .option('--exit-code', 'exit with 3 when Faultline declines to answer')
    .addOption(new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (options: BlameOptions) => {
      const { blameCommand } = await import('./commands/blame.ts');
      await blameCommand(options);
    });
}

function addMcp(faultline: Command): void {
  faultline
    .command('mcp')
    .description(
      'answer assistants over the Model Context Protocol: diagnose, locate, blame, prove, guard; all of it only reads',
    )
    .requiredOption('--repo <path>', 'repository that may be asked about; may be repeated', append)
    .option('--snapshot <path>', 'recorded cluster: a folder or a file of objects')
    .option('--context <name>', 'live cluster: a context of the kubeconfig; Faultline only reads it')
    .option('--prometheus <url>', 'address of the Prometheus that has the metrics of the live cluster', url)
    .option('--pull-charts', PULL_CHARTS)
    .option(
      '--listen <address>',
      'serve HTTP on this port of 127.0.0.1, or on <host>:<port>, instead of standard input; needs FAULTLINE_MCP_TOKEN',
    )
    .option(
      '--allow-host <name>',
      'host name by which clients reach --listen, such as that of a proxy; may be repeated',
      append,
      [],
    )
    .option('--timeout <seconds>', 'seconds that a question may take', seconds, 300)
    .action(async (options: McpOptions) => {
      const { mcpCommand } = await import('./commands/mcp.ts');
      await mcpCommand(options);
    });
}

function addGuard(faultline: Command): void {
  faultline
    .command('guard')
    .description('show what a change would deploy, and what would fail of it')
    .requiredOption('--repo <path>', 'infrastructure repository with the change: a git work tree')
    .option('--base <revision>', 'branch that the change is for, or a commit before it')
    .option('--head <revision>', 'the change: a branch, a tag or a commit', 'HEAD')
    .option(
      '--history <range>',
      'replay what was merged instead, as in v1.4..main: what would have been foreseen?',
    )
    .option('--snapshot <path>', 'recorded cluster that runs the base: a folder or a file of objects')
    .option('--context <name>', 'live cluster that runs the base: a context of the kubeconfig; only read')
    .option('--prometheus <url>', 'address of the Prometheus that has the metrics of the live cluster', url)
    .option('--config <file>', 'configuration, instead of .github/faultline.yml of the base')
    .option('--now <time>', 'time at which to read the snapshot, RFC 3339')
    .option('--pull-charts', PULL_CHARTS)
    .option('--ask-registries', ASK_REGISTRIES)
    .addOption(
      new Option('--output <format>', 'how to print; github: annotations and a summary for GitHub Actions')
        .choices(['text', 'json', 'github'])
        .default('text'),
    )
    .option('--exit-code', 'exit with 3 when something would fail')
    .action(async ({ history, ...options }: GuardOptions & Partial<GuardHistoryOptions>) => {
      if (history === undefined) {
        const { guardCommand } = await import('./commands/guard.ts');
        await guardCommand(options);
      } else {
        const { guardHistoryCommand } = await import('./commands/guard-history.ts');
        await guardHistoryCommand({ ...options, history });
      }
    });
}

function addConfig(faultline: Command): void {
  const config = faultline.command('config').description('say what the configuration means');

  config
    .command('explain <kind/name>')
    .description('say which mode and limits apply to an object, and which line of which file decides each')
    .requiredOption('--repo <path>', 'infrastructure repository: a git work tree, or a plain folder')
    .option('-n, --namespace <namespace>', 'namespace of the object')
    .option('--cluster <name>', 'only this cluster; otherwise those that the settings and the mapping name')
    .option('--failure <id>', 'only this failure class, such as oom-killed')
    .option('--org-defaults <path>', ORG_DEFAULTS)
    .option('--settings <file>', 'settings file of serve, which may hold a ceiling')
    .option('--snapshot <path>', 'recorded cluster, for the annotation as it is there')
    .option('--context <name>', 'live cluster, for the annotation as it is there')
    .option('--now <time>', 'time at which to read freezes, RFC 3339')
    .addOption(new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (object: string, options: ConfigExplainOptions) => {
      const { configExplainCommand } = await import('./commands/config-explain.ts');
      await configExplainCommand(object, options);
    });
}

function addAudit(faultline: Command): void {
  const audit = faultline
    .command('audit')
    .description('verify and export the log of what Faultline decided and did');

  audit
    .command('verify')
    .description('check that no record was changed, removed, moved or cut off the end')
    .option('--store <file>', STORE)
    .option(
      '--anchor <sequence:hash>',
      'record that the log must contain, as a pull request states it; may be repeated',
      append,
      [],
    )
    .action(async (options: AuditVerifyOptions) => {
      const { auditVerifyCommand } = await import('./commands/audit.ts');
      await auditVerifyCommand(options);
    });

  audit
    .command('export')
    .description('print the records, one JSON object a line')
    .option('--store <file>', STORE)
    .option('--since <time>', 'only records from this time on, RFC 3339')
    .action(async (options: AuditExportOptions) => {
      const { auditExportCommand } = await import('./commands/audit.ts');
      await auditExportCommand(options);
    });
}

function addReport(faultline: Command): void {
  faultline
    .command('report')
    .description('say what Faultline was worth: times, proposals, precision, by rule and team')
    .option('--store <file>', STORE)
    .option('--since <time>', 'only incidents and proposals from this time on, RFC 3339')
    .option('--until <time>', 'only incidents and proposals from before this time, RFC 3339')
    .option('--output <format>', 'text, json or csv', 'text')
    .action(async (options: ReportOptions) => {
      const { reportCommand } = await import('./commands/report.ts');
      await reportCommand(options);
    });
}

function addStore(faultline: Command): void {
  const store = faultline.command('store').description('back up, recover and migrate the store of serve');

  store
    .command('backup <file>')
    .description('copy the store to a new file; serve may be running')
    .option('--store <file>', STORE)
    .action(async (file: string, options: StoreOptions) => {
      const { storeBackupCommand } = await import('./commands/store.ts');
      await storeBackupCommand(file, options);
    });

  store
    .command('recover')
    .description('accept a store that was copied without its -wal file; the records in that file are lost')
    .option('--store <file>', STORE)
    .action(async (options: StoreOptions) => {
      const { storeRecoverCommand } = await import('./commands/store.ts');
      await storeRecoverCommand(options);
    });

  store
    .command('migrate <file>')
    .description('copy the store from its file to an empty PostgreSQL database; all of it or nothing')
    .option('--to <address>', 'postgres:// address to copy to, instead of $FAULTLINE_STORE')
    .action(async (file: string, options: StoreMigrateOptions) => {
      const { storeMigrateCommand } = await import('./commands/store.ts');
      await storeMigrateCommand(file, options);
    });
}

function append(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function seconds(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 3600)) throw new InvalidArgumentError('expected seconds, up to 3600');
  return number;
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('expected a port up to 65535');
  return number;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1024)
    throw new InvalidArgumentError('expected a number from 1 to 1024');
  return number;
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('expected http:// or https://');
  return text;
}

/** Runs one command line; the answer is printed and the exit status set. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv);
  } catch (error) {
    // Commander has printed its own message by now, or the help that was asked for.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : UNUSABLE;
    else if (error instanceof InputError) fail(UNUSABLE, error);
    else fail(FAILED, error);
  }
}

function fail(status: number, error: unknown): void {
  process.stderr.write(`faultline: ${messageOf(error)}\n`);
  if (process.env['FAULTLINE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = status;
}
