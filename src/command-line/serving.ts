import type { Command } from 'commander';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { NotificationsTestOptions } from '../commands/notifications.ts';
import type { RendererOptions } from '../commands/renderer.ts';
import type { ServeOptions } from '../commands/serve.ts';
import { outputOption, port, positive } from './options.ts';

/** The file that `serve` and what checks it read without `--settings`. */
const SETTINGS_FILE = 'faultline-service.yml';

/** The commands that run the GitHub App, and check it. */
export function addServingCommands(faultline: Command): void {
  addServe(faultline);
  addRenderer(faultline);
  addDoctor(faultline);
  addNotifications(faultline);
}

function addServe(faultline: Command): void {
  faultline
    .command('serve')
    .description('run the GitHub App')
    .option('--settings <file>', 'file that names the clusters to scan, and how often', SETTINGS_FILE)
    .action(async (options: ServeOptions) => {
      const { serveCommand } = await import('../commands/serve.ts');
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
      const { rendererCommand } = await import('../commands/renderer.ts');
      await rendererCommand(options);
    });
}

function addDoctor(faultline: Command): void {
  faultline
    .command('doctor')
    .description('check tools, settings, credentials and clusters, and say what repairs them')
    .option('--settings <file>', 'settings file of serve', SETTINGS_FILE)
    .addOption(outputOption(['text', 'json']))
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('../commands/doctor.ts');
      await doctorCommand(options);
    });
}

function addNotifications(faultline: Command): void {
  faultline
    .command('notifications')
    .description('try the messages to Slack, Teams and webhooks')
    .command('test')
    .description('send a test message to each route of the settings, and print how it was answered')
    .option('--settings <file>', 'settings file of serve', SETTINGS_FILE)
    .option('--route <name>', 'only this route')
    .addOption(outputOption(['text', 'json']))
    .action(async (options: NotificationsTestOptions) => {
      const { notificationsTestCommand } = await import('../commands/notifications.ts');
      await notificationsTestCommand(options);
    });
}
