import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDemoRepository, demoFolder } from '../scripts/demo-repository.ts';
import { writeFiles } from '../test/git/made-repository.ts';
import { startGitHub } from '../test/github/stand-in/start.ts';
import { serve } from '../test/service/process.ts';

/*
 * `node bench/first-pull-request.ts`: `faultline serve`, started on the demo's repository at the stand-in for GitHub and on its recorded
 * cluster. Prints the seconds from the start of the process to the first pull request and to the last, and their titles.
 */

const folder = mkdtempSync(join(tmpdir(), 'faultline-first-'));
const github = await startGitHub();
const repository = github.repository('saltmarsh-ferries/platform', { files: {} });
const built = join(folder, 'platform');
buildDemoRepository(built);
execFileSync('git', ['push', '--quiet', repository.folder, 'main'], { cwd: built });
writeFiles(folder, {
  'faultline-service.yml': `clusters: {saltmarsh-prod: {snapshot: ${JSON.stringify(join(demoFolder, 'snapshot'))}}}\nfolder: state\n`,
});
const begun = performance.now();
const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1);
const serving = serve(github, folder);
try {
  let seen = 0;
  while (seen < 4 && serving.exitCode === null && performance.now() - begun < 120_000) {
    await sleep(20);
    for (const { title } of repository.pulls().slice(seen)) {
      process.stdout.write(`${seconds()} s  ${title}\n`);
      seen += 1;
    }
  }
  if (seen < 4) {
    process.exitCode = 1;
    process.stderr.write(execFileSync('tail', ['-n', '20', join(folder, 'serve.log')], { encoding: 'utf8' }));
  }
} finally {
  if (serving.exitCode === null) {
    serving.kill('SIGTERM');
    await once(serving, 'exit');
  }
  await github.close();
  rmSync(folder, { recursive: true, force: true });
}
