import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHelm } from '../../src/renderers/tools.ts';

export interface ChartRepository {
  readonly address: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** Packages by version, as files. */
  readonly packages: Readonly<Record<string, string>>;
  /** Puts other content under a version; `inIndex` is false for one that the index knows nothing of. */
  publish(version: string, level: string, inIndex: boolean): void;
  stop(): void;
}

const VERSIONS = ['1.0.0', '1.1.0'];

const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data: {level: "{{ .Values.level }}", version: "{{ .Values.version }}"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  template:
    spec:
      containers:
        - name: cart
          image: "registry.example/cart:{{ .Values.tag }}"
          resources: {{ toJson .Values.resources }}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ledger}
spec: {replicas: {{ .Values.writers | default 1 }}}
`;

/** A chart repository on this machine, with `cart` in the versions 1.0.0 and 1.1.0; null without helm. */
export async function startChartRepository(): Promise<ChartRepository | null> {
  const helm = await findHelm();
  if (helm === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'faultline-charts-'));
  const call = (...args: readonly string[]): void =>
    void execFileSync(helm.command, args, { cwd: folder, env: { HOME: folder } });
  const publish = (version: string, level: string, inIndex: boolean): void => {
    mkdirSync(join(folder, 'cart/templates'), { recursive: true });
    writeFileSync(join(folder, 'cart/Chart.yaml'), `apiVersion: v2\nname: cart\nversion: ${version}\n`);
    writeFileSync(
      join(folder, 'cart/values.yaml'),
      `level: ${level}\nversion: "${version}"\nresources: {}\n`,
    );
    writeFileSync(join(folder, 'cart/templates/all.yaml'), TEMPLATE);
    call('package', 'cart');
    if (inIndex) call('repo', 'index', '.');
  };
  for (const version of VERSIONS) publish(version, 'info', true);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    try {
      response.end(readFileSync(join(folder, (request.url ?? '').replace('/stable/', ''))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stable`,
    requests,
    packages: Object.fromEntries(VERSIONS.map((version) => [version, join(folder, `cart-${version}.tgz`)])),
    publish,
    stop: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
