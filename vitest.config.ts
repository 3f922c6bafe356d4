import { defineConfig } from 'vitest/config';

/** Whole services, servers, clusters and sandboxes, where waiting for real processes is most of the time. */
const SYSTEM = [
  'test/app/**',
  'test/fuzz/**',
  'test/live/**',
  'test/renderers/isolation/**',
  'test/service/**',
];

const common = {
  // Tests share no state beside modules, and starting a process for each file costs more than most files run.
  pool: 'threads',
  isolate: false,
  testTimeout: 60_000,
} as const;

// oxlint-disable-next-line import/no-default-export -- vitest asks for it
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: 'unit', include: ['test/**/*.test.ts'], exclude: SYSTEM } },
      { test: { ...common, name: 'system', include: SYSTEM.map((folder) => `${folder}/*.test.ts`) } },
    ],
  },
});
