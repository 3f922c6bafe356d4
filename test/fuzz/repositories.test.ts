import { describe, expect, onTestFinished } from 'vitest';
import { fuzzRepositories } from '../../bench/fuzz/repositories.ts';
import { forceIsolation, isolationIn } from '../../src/renderers/isolation/detect.ts';
import { needsIsolation, needsTool } from '../needs.ts';

/* `node bench/fuzz.ts --repositories 10000` in small. What fails here fails there by the same seed and number. */

describe('hostile repositories reach nothing, and fail by themselves', () => {
  for (const mode of ['bubblewrap', 'namespaces'] as const) {
    const tool = needsTool('kustomize', 'helm');
    // Either of the two tells what is missing.
    const tried = tool === needsTool() ? needsIsolation(mode) : tool;
    tried(`in mode ${mode}`, async () => {
      forceIsolation(await isolationIn(mode));
      onTestFinished(() => forceIsolation(null));
      const report = await fuzzRepositories({ count: 40, seed: mode === 'bubblewrap' ? 7 : 8 });
      expect(report.failures).toEqual([]);
      expect(report.tried).toBe(40);
    });
  }
});
