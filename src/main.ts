#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { concealEnvironment } from './commands/conceal-environment.ts';

// Before anything is started that others wrote.
concealEnvironment();
// Half of a short run is reading our own sources; the second run finds them compiled.
enableCompileCache();
// `| head` has seen enough when it closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { main } = await import('./command-line.ts');
await main(process.argv);
