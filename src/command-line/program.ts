import { Argument, Command } from 'commander';
import { ownVersion } from '../commands/own-version.ts';
import { addAskingCommands } from './asking.ts';
import { completionFor, SHELLS, type Shell } from './completion.ts';
import { describeCommand, type CommandDescription } from './description.ts';
import { exampleLines } from './examples.ts';
import { exitStatusLines } from './exit-status.ts';
import { helpStyle } from './help-style.ts';
import { manPage } from './man-page.ts';
import { addRecordsCommands } from './records.ts';
import { addServingCommands } from './serving.ts';

/** All that `faultline` understands, in the order in which its help lists it. */
export function program(): Command {
  const faultline = new Command('faultline')
    .description('Finds the line in git that broke a Kubernetes workload, and proves the fix')
    .usage('<command> [options]')
    .version(ownVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureHelp(helpStyle)
    .showHelpAfterError('(faultline <command> --help lists what a command takes)');
  faultline.commandsGroup('Ask a repository and a cluster:');
  addAskingCommands(faultline);
  faultline.commandsGroup('Run the GitHub App:');
  addServingCommands(faultline);
  faultline.commandsGroup('Read what it recorded:');
  addRecordsCommands(faultline);
  faultline.commandsGroup('Help:');
  addCompletion(faultline);
  addManual(faultline);
  faultline.helpCommand('help [command]', 'print the help of a command');
  for (const command of [faultline, ...faultline.commands]) finish(command);
  return faultline;
}

/** What the commands of the program are called and take. */
export function describedProgram(): CommandDescription {
  return describeCommand(program(), ['man']);
}

function finish(command: Command, path = command.parent === null ? '' : command.name()): void {
  const after = [exampleLines(path), exitStatusLines(path)].filter((lines) => lines.length > 0);
  command
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', after.flatMap((lines) => ['', ...lines]).join('\n'));
  if (command.parent !== null) for (const one of command.commands) finish(one, `${path} ${one.name()}`);
}

function addCompletion(faultline: Command): void {
  faultline
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'shell that runs the script').choices(SHELLS))
    .action((shell: Shell) => void process.stdout.write(completionFor(shell, describedProgram())));
}

/** For the build, which writes it into a file. */
function addManual(faultline: Command): void {
  faultline
    .command('man', { hidden: true })
    .description('print the manual in roff')
    .action(() => void process.stdout.write(manPage(describedProgram(), ownVersion())));
}
