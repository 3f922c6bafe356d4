#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Half of a short run is reading our own sources; the second run finds them compiled.
enableCompileCache();
const { main } = await import('./command-line.ts');
await main(process.argv);
