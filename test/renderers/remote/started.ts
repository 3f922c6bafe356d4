import { delimiter, resolve } from 'node:path';
import { isolation } from '../../../src/renderers/isolation/detect.ts';
import {
  listenAsRenderer,
  type RendererParts,
  type RendererServer,
} from '../../../src/renderers/remote/renderer-server.ts';
import { findHelm, findKustomize } from '../../../src/renderers/tools.ts';

export const TOKEN = 'a-token-that-nobody-guesses';

const PATH = [resolve(import.meta.dirname, '../../../.tools/bin'), process.env['PATH']].join(delimiter);

/** A renderer of this process, with the tools that tests render with. */
export async function startedRenderer(
  parts: Partial<RendererParts> = {},
): Promise<RendererServer & { readonly url: string }> {
  const found = await isolation();
  const server = await listenAsRenderer(
    { host: '127.0.0.1', port: 0 },
    {
      kustomize: await findKustomize({ PATH }),
      helm: await findHelm({ PATH }),
      isolation: { isolation: typeof found === 'string' ? 'none' : found.mode, warning: null },
      token: TOKEN,
      parallel: 2,
      ...parts,
    },
  );
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}
