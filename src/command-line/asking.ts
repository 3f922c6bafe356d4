import { Option, type Command } from 'commander';
import type { BlameOptions } from '../commands/blame.ts';
import type { ConfigExplainOptions } from '../commands/config-explain.ts';
import type { DiagnoseOptions } from '../commands/diagnose.ts';
import type { GuardHistoryOptions } from '../commands/guard-history.ts';
import type { GuardOptions } from '../commands/guard.ts';
import type { LocateOptions } from '../commands/locate.ts';
import type { McpOptions } from '../commands/mcp.ts';
import type { RecordOptions } from '../commands/record.ts';
import {
  addClusterOptions,
  addFieldOptions,
  append,
  askRegistriesOption,
  configOption,
  exitCodeOption,
  GROUPS,
  namespaceOption,
  nowOption,
  orgDefaultsOption,
  outputOption,
  prometheusOption,
  pullChartsOption,
  repoOption,
  seconds,
  settingsOption,
  url,
} from './options.ts';

/** The commands that answer from a repository and a cluster. What does the work is loaded with the command that needs it. */
export function addAskingCommands(faultline: Command): void {
  addDiagnose(faultline);
  addLocate(faultline);
  addBlame(faultline);
  addGuard(faultline);
  addConfig(faultline);
  addRecord(faultline);
  addMcp(faultline);
}

function addDiagnose(faultline: Command): void {
  const diagnose = faultline
    .command('diagnose')
    .description('work out what is wrong in a cluster, and propose fixes in the repository')
    .usage('--repo <path> [options]\n         (--snapshot <path> | --context <name>)')
    .addOption(repoOption())
    .addOption(configOption('the repository'))
    .addOption(orgDefaultsOption())
    .addOption(settingsOption('whose ceiling and explanation apply'))
    .addOption(pullChartsOption())
    .addOption(askRegistriesOption());
  addClusterOptions(diagnose)
    .addOption(prometheusOption())
    .addOption(nowOption())
    .addOption(outputOption(['text', 'json', 'markdown']).helpGroup(GROUPS.answer))
    .addOption(
      new Option(
        '--write-branches',
        'write each proposal into the repository: one branch with one commit',
      ).helpGroup(GROUPS.answer),
    )
    .addOption(
      new Option(
        '--open-pull-requests',
        'open and update pull requests on GitHub; needs GITHUB_TOKEN or GH_TOKEN',
      ).helpGroup(GROUPS.answer),
    )
    .addOption(exitCodeOption('an incident was found'))
    .addOption(new Option('--quiet', 'show no progress on a terminal').helpGroup(GROUPS.answer))
    .action(async (options: DiagnoseOptions) => {
      const { diagnoseCommand } = await import('../commands/diagnose.ts');
      await diagnoseCommand(options);
    });
}

function addLocate(faultline: Command): void {
  const locate = faultline
    .command('locate')
    .description('find the line that controls a field of an object, and what would change it')
    .usage('--repo <path> --object <kind/name> --field <path>\n         [options]')
    .addOption(repoOption())
    .addOption(pullChartsOption());
  addFieldOptions(locate)
    .addOption(
      new Option('--set <value>', 'show the edit that gives the field this value, and its proof').helpGroup(
        GROUPS.answer,
      ),
    )
    .addOption(new Option('--write', 'with --set: make the edit in the work tree').helpGroup(GROUPS.answer))
    .addOption(outputOption(['text', 'json']).helpGroup(GROUPS.answer))
    .addOption(exitCodeOption('Faultline declines to answer'))
    .action(async (options: LocateOptions) => {
      const { locateCommand } = await import('../commands/locate.ts');
      await locateCommand(options);
    });
}

function addBlame(faultline: Command): void {
  const blame = faultline
    .command('blame')
    .description(
      'list the lines that set a field of an object, who wrote them, and what the field was before',
    )
    .usage('--repo <path> --object <kind/name> --field <path>\n         [options]')
    .addOption(repoOption())
    .addOption(orgDefaultsOption())
    .addOption(settingsOption('whose ceiling applies'))
    .addOption(pullChartsOption());
  addFieldOptions(blame);
  addClusterOptions(blame, 'to compare with')
    .addOption(outputOption(['text', 'json']).helpGroup(GROUPS.answer))
    .addOption(exitCodeOption('Faultline declines to answer'))
    .action(async (options: BlameOptions) => {
      const { blameCommand } = await import('../commands/blame.ts');
      await blameCommand(options);
    });
}

function addGuard(faultline: Command): void {
  const guard = faultline
    .command('guard')
    .description('show what a change would deploy, and what would fail of it')
    .usage('--repo <path> [options]\n         (--base <revision> | --history <range>)')
    .addOption(repoOption('infrastructure repository with the change: a git work tree'))
    .addOption(configOption('the base'))
    .addOption(orgDefaultsOption())
    .addOption(settingsOption('whose ceiling applies'))
    .addOption(pullChartsOption())
    .addOption(askRegistriesOption())
    .addOption(
      new Option('--base <revision>', 'branch that the change is for, or a commit before it').helpGroup(
        'Change:',
      ),
    )
    .addOption(
      new Option('--head <revision>', 'the change: a branch, a tag or a commit')
        .default('HEAD')
        .helpGroup('Change:'),
    )
    .addOption(
      new Option('--path <folder>', 'only roots in this folder; may be repeated')
        .argParser(append)
        .helpGroup('Change:'),
    )
    .addOption(
      new Option(
        '--history <range>',
        'replay what was merged instead, as in v1.4..main: what would have been foreseen?',
      ).helpGroup('Change:'),
    );
  addClusterOptions(guard, 'that runs the base')
    .addOption(prometheusOption())
    .addOption(nowOption())
    .addOption(
      outputOption(
        ['text', 'json', 'github'],
        'how to print; github: annotations and a summary for GitHub Actions',
      ).helpGroup(GROUPS.answer),
    )
    .addOption(exitCodeOption('something would fail'))
    .action(async ({ history, ...options }: GuardOptions & Partial<GuardHistoryOptions>) => {
      if (history === undefined) {
        const { guardCommand } = await import('../commands/guard.ts');
        await guardCommand(options);
      } else {
        const { guardHistoryCommand } = await import('../commands/guard-history.ts');
        await guardHistoryCommand({ ...options, history });
      }
    });
}

function addConfig(faultline: Command): void {
  const config = faultline
    .command('config')
    .description('explain what the configuration means for an object');
  const explain = config
    .command('explain <kind/name>')
    .description('say which mode and limits apply to an object, and which line of which file decides each')
    .usage('<kind/name> --repo <path> [options]')
    .addOption(namespaceOption())
    .addOption(
      new Option(
        '--cluster <name>',
        'only this cluster; otherwise those that the settings and the mapping name',
      ).helpGroup(GROUPS.object),
    )
    .addOption(
      new Option('--failure <id>', 'only this failure class, such as oom-killed').helpGroup(GROUPS.object),
    )
    .addOption(repoOption())
    .addOption(orgDefaultsOption())
    .addOption(settingsOption('which may hold a ceiling'));
  addClusterOptions(explain, 'whose annotations apply')
    .addOption(nowOption('time at which to read freezes'))
    .addOption(outputOption(['text', 'json']).helpGroup(GROUPS.answer))
    .action(async (object: string, options: ConfigExplainOptions) => {
      const { configExplainCommand } = await import('../commands/config-explain.ts');
      await configExplainCommand(object, options);
    });
}

function addRecord(faultline: Command): void {
  faultline
    .command('record')
    .description(
      'record a live cluster in a folder that diagnose reads; the cluster is only read, Secrets never',
    )
    .usage('--context <name> --out <folder> [options]')
    .requiredOption('--context <name>', 'live cluster: a context of the kubeconfig')
    .requiredOption('--out <folder>', 'folder to write: a new or an empty one')
    .option('--prometheus <url>', 'address of the Prometheus that has the metrics of the cluster', url)
    .option('--kubeconfig <file>', 'kubeconfig, instead of $KUBECONFIG or ~/.kube/config')
    .addOption(outputOption(['text', 'json']))
    .action(async (options: RecordOptions) => {
      const { recordCommand } = await import('../commands/record.ts');
      await recordCommand(options);
    });
}

function addMcp(faultline: Command): void {
  const mcp = faultline
    .command('mcp')
    .description(
      'answer assistants over the Model Context Protocol: diagnose, locate, blame, prove, guard; it only reads',
    )
    .usage('--repo <path> [options]')
    .addOption(repoOption('repository that may be asked about; may be repeated').argParser(append))
    .addOption(orgDefaultsOption())
    .addOption(settingsOption('whose ceiling and explanation apply'))
    .addOption(pullChartsOption());
  addClusterOptions(mcp)
    .addOption(prometheusOption())
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
      const { mcpCommand } = await import('../commands/mcp.ts');
      await mcpCommand(options);
    });
}
