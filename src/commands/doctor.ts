import { type Check, failed, type Finding, ok, runChecks, warning } from '../doctor/check.ts';
import { liveClusterCheck } from '../doctor/cluster.ts';
import { gitCheck } from '../doctor/git.ts';
import { enterpriseCheck, permissionsCheck, webhookCheck } from '../doctor/github.ts';
import { type MappedGitHub, sourcesCheck } from '../doctor/sources.ts';
import { gitHubFor } from './doctor-github.ts';
import { ceilingCheck, configurationsCheck, defaultsCheck } from '../doctor/central.ts';
import { notificationsCheck, type RouteSecrets } from '../doctor/notifications.ts';
import { readGiven } from '../cluster/prometheus-connection.ts';
import type { RouteSettings } from '../service/notification-settings.ts';
import { credentialsCheck } from '../doctor/credentials.ts';
import { folderCheck } from '../doctor/folder.ts';
import { metricsCheck } from '../doctor/metrics.ts';
import { recordingCheck } from '../doctor/recording.ts';
import { rendererCheck, toolChecks } from '../doctor/tools.ts';
import { kindsRead } from '../incidents/kinds-read.ts';
import { rules } from '../rules/index.ts';
import { loadSettings, type ClusterSettings, type Settings } from '../service/settings.ts';
import { isolation } from '../renderers/isolation/detect.ts';
import { remoteRendererIn } from '../renderers/remote/remote-renderer.ts';
import { isolationNotice } from './isolation-notice.ts';
import { displayWidth, padded } from '../untrusted/display-width.ts';
import { loadEnvFile, privateKeyIn } from './serve.ts';

export interface DoctorOptions {
  readonly settings: string;
  readonly output: 'text' | 'json';
}

/** `faultline doctor`: what of the tools, settings and clusters works. Exit status 1 where something does not. */
export async function doctorCommand({ settings: file, output }: DoctorOptions): Promise<void> {
  loadEnvFile();
  const env = process.env;
  const settings: Settings | null = await loadSettings(file, env).catch(() => null);
  const github = await gitHubFor(env);
  const remote = remoteRendererIn(env);
  const found = await runChecks([
    ...(remote === null
      ? [...toolChecks(env), { what: 'isolation', run: () => isolationFindings(env) }]
      : [rendererCheck(remote)]),
    {
      what: 'settings',
      run: async () => {
        const { clusters } = await loadSettings(file, env);
        return [ok('settings', `${file} names ${clusters.map(({ name }) => name).join(', ')}`)];
      },
    },
    gitCheck(),
    credentialsCheck(env, settings?.polling !== null, privateKeyIn),
    ...(github === null ? [] : [permissionsCheck(github)]),
    ...(github === null || !env['GHE_HOST'] ? [] : [enterpriseCheck(github)]),
    ...(github === null || !env['WEBHOOK_SECRET'] ? [] : [webhookCheck(github)]),
    ...(github === null ? [] : [defaultsCheck(github), configurationsCheck(github)]),
    ...(settings === null ? [] : settingsChecks(settings, env)),
    ...(settings?.clusters ?? []).flatMap((cluster) => clusterChecks(cluster, github)),
  ]);
  process.stdout.write(output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : table(found));
  if (found.some(({ status }) => status === 'failed')) process.exitCode = 1;
}

async function isolationFindings(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const missing = await isolation(env);
  if (typeof missing === 'string') return [failed('isolation', missing)];
  const notice = await isolationNotice(env);
  return [notice === null ? ok('isolation', 'renderers run in namespaces') : warning('isolation', notice)];
}

/** What the settings say beside clusters. */
function settingsChecks({ folder, ceiling, routes }: Settings, env: NodeJS.ProcessEnv): readonly Check[] {
  return [
    folderCheck(folder),
    ceilingCheck(ceiling),
    ...(routes.length === 0 ? [] : [notificationsCheck(routes.map((route) => secretsOf(route, env)))]),
  ];
}

function secretsOf({ name, recipient }: RouteSettings, env: NodeJS.ProcessEnv): RouteSecrets {
  const given =
    recipient.service === 'slack-bot'
      ? [recipient.token]
      : recipient.service === 'webhook'
        ? [recipient.url, recipient.secret]
        : [recipient.webhook];
  return { name, secrets: given.map((one) => () => readGiven(one, env)) };
}

function clusterChecks(
  { name, source, repositories }: ClusterSettings,
  github: MappedGitHub | null,
): readonly Check[] {
  if (source.kind === 'recorded') return [recordingCheck(name, source.path)];
  const { context, prometheus } = source;
  return [
    liveClusterCheck(name, { context }, kindsRead(rules)),
    sourcesCheck({ name, context, repositories }, github ?? NO_GITHUB),
    ...(prometheus === null ? [] : [metricsCheck(name, prometheus, Date.now())]),
  ];
}

const NO_GITHUB: MappedGitHub = { host: 'github.com', installed: async () => null };

/** Where the output is no terminal. */
const WIDTH = 100;

function table(found: readonly Finding[]): string {
  const widest = Math.max(...found.map(({ what }) => displayWidth(what)));
  const indent = ' '.repeat(9 + widest + 2);
  return found
    .flatMap(({ what, status, detail, repair }) => {
      const text = wrapped(
        detail,
        Math.max(20, Math.min(process.stdout.columns || WIDTH, WIDTH) - indent.length),
      );
      const lines = text.map((line, at) =>
        at === 0 ? `${status.padEnd(9)}${padded(what, widest)}  ${line}` : indent + line,
      );
      return repair === null ? lines : [...lines, `${indent}→ ${repair}`];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** What comes from a server could steer the terminal. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
