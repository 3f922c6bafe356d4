import { afterAll } from 'vitest';
import { startedRenderer, TOKEN } from './started.ts';

/* What hostile repositories try here, once more through a renderer in another place: the same answers, byte by byte. */

const renderer = await startedRenderer();
process.env['FAULTLINE_RENDERER_URL'] = renderer.url;
process.env['FAULTLINE_RENDERER_TOKEN'] = TOKEN;
afterAll(() => renderer.close());

await import('../hostile-kustomizations.test.ts');
await import('../hostile-charts.test.ts');
await import('../sandbox.test.ts');

// Other tests of this process render here.
delete process.env['FAULTLINE_RENDERER_URL'];
delete process.env['FAULTLINE_RENDERER_TOKEN'];
