import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { statusSite } from '../../src/commands/status-site.ts';
import { Observation } from '../../src/observation/observation.ts';
import type { WatchedCluster } from '../../src/service/clusters.ts';
import { StatusViews } from '../../src/service/status/status-views.ts';
import { parseSettings } from '../../src/service/settings.ts';
import { openMemoryStore } from '../../src/store/sqlite.ts';
import type { Person, StandInRepository } from '../../test/github/stand-in/interface.ts';
import { startGitHub } from '../../test/github/stand-in/start.ts';
import { commented } from '../../test/service/conversation.ts';
import {
  installationsOf,
  recordedIn,
  serviceOn,
  type ServedOnStandIn,
} from '../../test/service/on-stand-in.ts';
import { buildRepository } from '../demo-repository.ts';

const incidents = resolve(import.meta.dirname, '../../fixtures/incidents');

/** What goes wrong in the cluster of the scene, in the words of the fixtures. */
const CASES = [
  'oom-killed/limit-too-low',
  'config-reference/config-map-renamed-in-git',
  'hpa-at-maximum/maximum-too-low',
  'crash-loop/broken-by-a-release',
  'node-not-ready/disk-pressure',
  'memory-near-limit/limit-too-low',
  'volume-filling/claim-too-small',
];

const MINUTE = 60_000;
/** When the fixtures were recorded. */
const RECORDED = Date.parse('2026-06-10T12:00:00Z');

const SETTINGS = `
clusters:
  north: {snapshot: north}
  south: {context: south, prometheus: {url: https://prometheus.south.example, bearer: {env: PROMETHEUS_TOKEN}}}
interval: 1m
polling: off
folder: /var/lib/faultline
`;

const CONFIGURATION = `policy:
  default: {mode: propose}
  rules:
    - {namespaces: [harbour], mode: monitor}
proactive: {mode: propose, perDay: 2}
limits:
  openPullRequests: 6
`;

/** A cluster that does not answer. */
const SILENT: WatchedCluster = {
  name: 'south',
  repositories: null,
  open: () => {
    throw new Error(
      'https://10.40.0.1:6443 did not answer (context "south"): connect ETIMEDOUT 10.40.0.1:6443',
    );
  },
  subscribe: () => () => {},
  close: () => {},
};

export interface StatusScene {
  /** `http://127.0.0.1:…`, without a slash. */
  readonly address: string;
  /** The fingerprints of its incidents, by rule. */
  readonly fingerprints: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * The status page of the service as it runs on a made-up cluster in which several of the recorded incidents happen at once: some proposals
 * are open, one was merged and helped, one is snoozed, and a second cluster cannot be reached.
 */
export async function statusScene(): Promise<StatusScene> {
  const github = await startGitHub({ now: RECORDED + MINUTE });
  const folder = mkdtempSync(join(tmpdir(), 'faultline-pictures-'));
  const store = await openMemoryStore();
  const observation = new Observation(github.clock.now);
  const repository = repositoryOf(github.repository('saltmarsh-ferries/platform', { files: {} }), folder);
  const ana = github.person('ana', 'write');
  const snapshot = join(folder, 'snapshot');
  record(snapshot, RECORDED, new Set());
  const service = serviceOn(github, {
    store,
    clusters: [recordedIn(snapshot, 'north'), SILENT],
    mirrors: join(folder, 'mirrors'),
  });
  const installations = installationsOf(github);
  for (const found of await installations.list()) service.add(await installations.hostFor(found));
  await play({ service, repository, ana, snapshot, github });
  const settings = parseSettings(SETTINGS, '/etc/faultline/faultline-service.yml', {});
  const source = new StatusViews({
    service: () => service,
    settings: () => settings,
    limits: () => observation.limits.all,
    store,
    now: github.clock.now,
  });
  observation.serveSite(statusSite({ access: { token: null, proxy: null }, source, log: console }));
  const server = await observation.listen({ host: '127.0.0.1', port: 0 });
  const known = await store.incidents.list();
  return {
    address: `http://127.0.0.1:${server.port}`,
    fingerprints: new Map(known.map(({ rule, fingerprint }) => [rule, fingerprint])),
    close: async () => {
      await server.close();
      await service.queue.stop();
      await store.close();
      await github.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Scene {
  readonly service: ServedOnStandIn;
  readonly repository: StandInRepository;
  readonly ana: Person;
  readonly snapshot: string;
  readonly github: Awaited<ReturnType<typeof startGitHub>>;
}

async function play({ service, repository, ana, snapshot, github }: Scene): Promise<void> {
  await service.scanAll();
  const pullOf = (word: string): number =>
    repository.pulls().find(({ title }) => title.includes(word))!.number;
  github.clock.advance(4 * MINUTE);
  await service.comment(repository.slug, commented(github, pullOf('manifests'), ana, '/rca snooze 24h'));
  github.clock.advance(3 * MINUTE);
  ana.merge(pullOf('tides'));
  const repaired = new Set(['oom-killed/limit-too-low']);
  // Applied, quiet for long, and seen to be so.
  for (const pause of [3, 45]) {
    github.clock.advance(pause * MINUTE);
    record(snapshot, github.clock.now() - MINUTE, repaired);
    await service.scanAll();
  }
  github.clock.advance(40_000);
}

/** The commits of all cases, one behind the other, and a configuration. */
function repositoryOf(made: StandInRepository, folder: string): StandInRepository {
  const commits = join(folder, 'commits');
  let number = 0;
  for (const one of CASES) {
    const own = join(incidents, one, 'commits');
    if (!existsSync(own)) continue;
    for (const commit of readdirSync(own).toSorted())
      cpSync(
        join(own, commit),
        join(commits, `${String((number += 1)).padStart(3, '0')}-${commit.slice(3)}`),
        {
          recursive: true,
        },
      );
  }
  const last = join(commits, '999-configure-faultline');
  mkdirSync(join(last, 'files/.github'), { recursive: true });
  writeFileSync(join(last, 'files/.github/faultline.yml'), CONFIGURATION);
  const description = {
    author: 'Maren Oduya',
    email: 'maren@saltmarsh.example',
    date: '2026-06-09T09:00:00Z',
    message: 'Let Faultline propose',
  };
  writeFileSync(join(last, 'commit.json'), JSON.stringify(description));
  const history = join(folder, 'history');
  buildRepository(commits, history, 'https://github.com/saltmarsh-ferries/platform.git');
  execFileSync('git', ['fetch', '--quiet', '--force', history, 'main:main'], { cwd: made.folder });
  return made;
}

/** The repaired state has the limit that is proposed; with it comes the request. */
function request(folder: string): void {
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(
      join(folder, file),
      text.replaceAll('requests: {memory: 128Mi}', 'requests: {memory: 192Mi}'),
    );
  }
}

/** The cluster with everything that goes wrong in it, but for what is repaired. */
function record(target: string, at: number, repaired: ReadonlySet<string>): void {
  rmSync(target, { recursive: true, force: true });
  for (const [index, one] of CASES.entries()) {
    const from = join(incidents, one, repaired.has(one) ? 'repaired' : 'snapshot');
    for (const part of ['cluster', 'metrics', 'logs']) {
      const to = part === 'logs' ? join(target, part) : join(target, part, String(index));
      if (existsSync(join(from, part))) cpSync(join(from, part), to, { recursive: true });
    }
    if (repaired.has(one)) request(join(target, 'cluster', String(index)));
  }
  // Metrics are read from the folder itself.
  for (const index of CASES.keys()) {
    const own = join(target, 'metrics', String(index));
    if (!existsSync(own)) continue;
    for (const file of readdirSync(own)) cpSync(join(own, file), join(target, 'metrics', `${index}-${file}`));
    rmSync(own, { recursive: true });
  }
  const captured = new Date(at).toISOString();
  writeFileSync(join(target, 'snapshot.yaml'), `cluster: north\ncapturedAt: ${captured}\n`);
}
