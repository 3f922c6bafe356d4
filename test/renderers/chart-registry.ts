import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findLiveTools } from '../../scripts/tools/live.ts';
import { startDockerRegistry } from '../registry/docker-registry.ts';
import { findHelm } from '../../src/renderers/tools.ts';

export interface ChartRegistry {
  /** `oci://127.0.0.1:5000/library`, where the charts are. */
  readonly address: string;
  /** Of the manifest, by version. */
  readonly digests: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

type Packages = Readonly<Record<string, string>>;

/** A registry on this machine with the packages of the chart `cart`: Docker's own where it is installed, else what stands in for it. */
export async function startChartRegistry(packages: Packages): Promise<ChartRegistry> {
  const { 'docker-registry': real } = findLiveTools();
  return real === null ? standIn(packages) : docker(real, packages);
}

async function docker(command: string, packages: Packages): Promise<ChartRegistry> {
  const { host, folder, stop } = await startDockerRegistry(command);
  const address = `oci://${host}/library`;
  const helm = (await findHelm())!;
  const digests: Record<string, string> = {};
  for (const [version, file] of Object.entries(packages)) {
    execFileSync(helm.command, ['push', file, address], { env: { HOME: folder }, stdio: 'pipe' });
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const url = `http://${host}/v2/library/cart/manifests/${version}`;
    const answer = await fetch(url, { headers: { accept } });
    digests[version] = answer.headers.get('docker-content-digest')!;
  }
  return { address, digests, stop };
}

async function standIn(packages: Packages): Promise<ChartRegistry> {
  const blobs = new Map<string, Buffer>();
  const blob = (mediaType: string, content: Buffer) => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  };
  const manifest = 'application/vnd.oci.image.manifest.v1+json';
  const digests = Object.fromEntries(
    Object.entries(packages).map(([version, file]) => {
      const config = blob(
        'application/vnd.cncf.helm.config.v1+json',
        Buffer.from(JSON.stringify({ apiVersion: 'v2', name: 'cart', version })),
      );
      const layer = blob('application/vnd.cncf.helm.chart.content.v1.tar+gzip', readFileSync(file));
      const content = { schemaVersion: 2, mediaType: manifest, config, layers: [layer] };
      return [version, blob(manifest, Buffer.from(JSON.stringify(content))).digest];
    }),
  );
  const server = createServer((request, response) => {
    const [, kind, name] =
      /^\/v2\/library\/cart\/(manifests|blobs|tags)\/([^/?]+)/.exec(request.url ?? '') ?? [];
    if (kind === 'tags') {
      response.setHeader('content-type', 'application/json');
      return void response.end(JSON.stringify({ name: 'library/cart', tags: Object.keys(packages) }));
    }
    const digest = digests[name ?? ''] ?? name ?? '';
    const content = blobs.get(digest);
    if (!content) return void response.writeHead(404).end();
    response.setHeader('content-type', kind === 'manifests' ? manifest : 'application/octet-stream');
    response.setHeader('docker-content-digest', digest);
    response.setHeader('content-length', content.length);
    response.end(request.method === 'HEAD' ? undefined : content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `oci://127.0.0.1:${port}/library`,
    digests,
    stop: async () => void server.close(),
  };
}
