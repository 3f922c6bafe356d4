import { concealEnvironment } from '../../../src/commands/conceal-environment.ts';
import { isolationIn } from '../../../src/renderers/isolation/detect.ts';
import type { IsolationMode } from '../../../src/renderers/isolation/isolation.ts';
import { start } from '../../../src/renderers/isolation/start.ts';
import { inSandbox } from '../../../src/renderers/sandbox.ts';

/* A process of Faultline's with one renderer, a shell script: `renders.ts <mode> <script>`. Prints how it ended. */

concealEnvironment();
const [mode, script] = process.argv.slice(2);
const isolation = await isolationIn(mode as IsolationMode);
if (typeof isolation === 'string') throw new Error(isolation);
const result = await inSandbox(new Map([['file', 'content']]), (sandbox) =>
  start('/bin/sh', ['-c', script!], sandbox, {
    isolation,
    limits: { seconds: 60, output: 2 ** 20, memory: 2 ** 32 },
    programs: ['/bin/sleep', '/bin/cat'],
    env: { PATH: '/bin' },
  }),
);
process.stdout.write(JSON.stringify(result));
