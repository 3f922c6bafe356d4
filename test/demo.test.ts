import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { oddSentences } from './odd-sentences.ts';
import { pullRequestsOf, runDemo, type DemoReport } from '../scripts/demo.ts';
import { withDemoExcerpt } from '../scripts/readme.ts';
import { MOST_OPEN_LINES, openLines } from './pull-requests/open-lines.ts';
import { needsTool } from './needs.ts';

const project = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'faultline-demo-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the demo', () => {
  const folder = join(scratch, 'whole');
  let ran: DemoReport | undefined;
  const report = (): DemoReport => (ran ??= runDemo(folder));
  const demoTest = needsTool('kustomize');

  demoTest('finds the four failures and nothing else', () => {
    const found = report().incidents.map(({ rule, cause, object }) => `${object.name}: ${rule}, ${cause}`);
    expect(found.toSorted()).toEqual([
      'fares: hpa-at-maximum, maximum-too-low',
      'gate-display: config-reference, object-renamed',
      'seatmap: oom-killed, limit-too-low',
      'ticketing: image-pull, tag-not-found',
    ]);
  });

  demoTest('changes the right value in the right line, with proof', () => {
    const changes = report().incidents.flatMap(({ fix }) => fix?.changes ?? []);
    const inWords = changes.map(
      ({ site, before, after }) => `${site.file}:${site.line} ${before} → ${after}`,
    );
    expect(inWords.toSorted()).toEqual([
      'apps/boarding/prod/gate-display.yaml:26 gate-settings → boarding-settings',
      'apps/fares/prod/autoscaling.yaml:12 8 → 14',
      'apps/seatmap/overlays/prod/resources.yaml:13 256Mi → 384Mi',
      'apps/seatmap/overlays/prod/resources.yaml:15 512Mi → 768Mi',
      'apps/ticketing/overlays/prod/kustomization.yaml:12 ' +
        'cr.saltmarsh.example/ticketing:2.15.0 → cr.saltmarsh.example/ticketing:2.14.3',
    ]);
    expect(report().incidents.map(({ fix }) => fix?.proof.status)).toEqual(Array(4).fill('proven'));
  });

  demoTest('names the commit that renamed the ConfigMap, and its author', () => {
    const renamed = pullRequestsOf(report()).find(({ branch }) => branch.includes('gate-display'));
    const commit = git('log', '--format=%h', '--abbrev=7', '--grep=^Name the settings').trim();
    expect(renamed?.body).toContain(commit);
    expect(renamed?.body).toContain('Maren Oduya');
  });

  demoTest('tells what matters in 45 lines, before what is folded', () => {
    const bodies = pullRequestsOf(report()).map(({ body }) => body);
    for (const body of bodies) expect(openLines(body), body).toBeLessThanOrEqual(MOST_OPEN_LINES);
  });

  demoTest('leaves one branch with one commit for each pull request, and the rest as it was', () => {
    const branches = git('for-each-ref', '--format=%(refname:short)', 'refs/heads/faultline')
      .trim()
      .split('\n');
    expect(branches).toEqual(
      pullRequestsOf(report())
        .map(({ branch }) => branch)
        .toSorted(),
    );
    for (const branch of branches) expect(git('rev-list', '--count', `main..${branch}`)).toBe('1\n');
    expect(git('status', '--porcelain', '--branch')).toBe('## main\n');
  });

  demoTest('leaves the pull requests as files', () => {
    const files = readdirSync(join(folder, 'pull-requests')).toSorted();
    for (const [index, { title, body }] of pullRequestsOf(report()).entries()) {
      const text = readFileSync(join(folder, 'pull-requests', files[index]!), 'utf8');
      expect(text).toContain(`# ${title}\n`);
      expect(text).toContain(body.trim());
    }
    expect(files).toHaveLength(4);
  });

  demoTest('writes no odd sentence', () => {
    const texts = pullRequestsOf(report()).flatMap(({ title, body }) => [title, body]);
    const reasons = report().incidents.map(({ decision }) => decision.reason);
    expect([...texts, ...reasons].flatMap(oddSentences)).toEqual([]);
  });

  demoTest('writes the pull request that the README shows', () => {
    const readme = readFileSync(join(project, 'README.md'), 'utf8');
    expect(readme, 'run: npm run demo && node scripts/readme.ts').toBe(withDemoExcerpt(readme, report()));
  });
});

// `.tools/bin` is the one place that cannot be hidden from the command line.
test.skipIf(existsSync(join(project, '.tools/bin/kustomize')))(
  'without kustomize, the plain half of the demo works',
  () => {
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    symlinkSync(onPath('git'), join(bin, 'git'));
    const report = runDemo(join(scratch, 'plain'), {
      ...process.env,
      PATH: bin,
      XDG_CACHE_HOME: join(scratch, 'cache'),
    });
    expect(pullRequestsOf(report).map(({ title }) => title.split(':')[0])).toEqual([
      'fix(gate-display)',
      'fix(fares)',
    ]);
    const declined = report.incidents.filter(({ pullRequest }) => pullRequest === null);
    expect(declined).toHaveLength(2);
    for (const { decision } of declined) expect(decision.reason).toContain('kustomize');
  },
);

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: join(scratch, 'whole/repository'), encoding: 'utf8' });
}

function onPath(tool: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, tool)).find((file) => existsSync(file))!;
}
