import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findLiveTools } from '../../scripts/tools/live.ts';
import { Registries } from '../../src/registry/registries.ts';
import { needsTool } from '../needs.ts';
import { startDockerRegistry, type DockerRegistry } from './docker-registry.ts';

const asked = needsTool('docker-registry');

const USER = { username: 'crew', password: 'sail' };
/** The password of USER, hashed with bcrypt. */
const HTPASSWD = 'crew:$2b$12$dXJ1yV3ccP8czUBUXpptn.Lqs/rZYXsyb/I9KajRIcZcgj6Yx54Wq';

let open: DockerRegistry;
let closed: DockerRegistry;

beforeAll(async () => {
  const { 'docker-registry': command } = findLiveTools();
  if (command === null) return;
  [open, closed] = await Promise.all([startDockerRegistry(command), startDockerRegistry(command, HTPASSWD)]);
  for (const tag of ['1.0.0', '1.1.0']) {
    await push(open.host, 'ferry/winch', tag);
    await push(closed.host, 'ferry/winch', tag, USER);
  }
});

afterAll(() => Promise.all([open?.stop(), closed?.stop()]));

/** An image without layers. */
async function push(host: string, name: string, tag: string, user?: typeof USER): Promise<string> {
  const authorization =
    user && `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  const send = async (method: string, url: string, type: string, body?: Buffer): Promise<Response> => {
    const headers = { 'content-type': type, ...(authorization && { authorization }) };
    const answer = await fetch(url, { method, headers, ...(body && { body }) });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [] },
      tag,
    }),
  );
  const digest = digestOf(config);
  const begun = await send('POST', `http://${host}/v2/${name}/blobs/uploads/`, 'application/octet-stream');
  const upload = new URL(begun.headers.get('location')!, `http://${host}`);
  upload.searchParams.set('digest', digest);
  await send('PUT', upload.href, 'application/octet-stream', config);
  const manifest = 'application/vnd.oci.image.manifest.v1+json';
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifest,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
      layers: [],
    }),
  );
  await send('PUT', `http://${host}/v2/${name}/manifests/${tag}`, manifest, content);
  return digestOf(content);
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

describe("Docker's registry", () => {
  const anyone = new Registries({ allowed: 'all' });

  asked('has a tag', async () => {
    expect(await anyone.image(`${open.host}/ferry/winch:1.0.0`)).toEqual({
      reference: 'present',
      tags: ['1.0.0', '1.1.0'],
    });
  });

  asked('has a digest', async () => {
    const digest = await push(open.host, 'ferry/bollard', 'once');
    expect(await anyone.image(`${open.host}/ferry/bollard@${digest}`)).toMatchObject({
      reference: 'present',
    });
  });

  asked('lacks a tag of a repository that it shows', async () => {
    expect(await anyone.image(`${open.host}/ferry/winch:1.0`)).toEqual({
      reference: 'missing',
      tags: ['1.0.0', '1.1.0'],
    });
  });

  asked('says of a repository that it does not show nothing that can be relied on', async () => {
    expect(await anyone.image(`${open.host}/ferry/whinch:1.0.0`)).toEqual({
      reference: 'unknown',
      tags: null,
    });
  });

  asked('refuses whoever has no credentials, which is no answer', async () => {
    const image = `${closed.host}/ferry/winch:9`;
    expect(await anyone.image(image)).toEqual({ reference: 'unknown', tags: null });
  });

  asked('answers with credentials', async () => {
    const crew = new Registries({ allowed: 'all', credentials: new Map([[closed.host, USER]]) });
    expect(await crew.image(`${closed.host}/ferry/winch:9`)).toMatchObject({ reference: 'missing' });
    const wrong = new Map([[closed.host, { ...USER, password: 'row' }]]);
    const stranger = new Registries({ allowed: 'all', credentials: wrong });
    expect(await stranger.image(`${closed.host}/ferry/winch:9`)).toMatchObject({ reference: 'unknown' });
  });

  asked('is asked only where that is allowed', async () => {
    const image = `${open.host}/ferry/winch:1.0.0`;
    const allowed = (...prefixes: string[]) => new Registries({ allowed: prefixes }).image(image);
    expect(await allowed()).toBeNull();
    expect(await allowed('docker.io', `${open.host}/fer`)).toBeNull();
    expect(await allowed(`${open.host}/ferry/`)).toMatchObject({ reference: 'present' });
    expect(await allowed(open.host)).toMatchObject({ reference: 'present' });
  });
});

describe('a registry that stands in', () => {
  let server: Server | null = null;
  let seen: IncomingMessage[] = [];

  afterEach(() => void server?.close());

  async function answering(
    respond: (request: IncomingMessage, response: ServerResponse, host: string) => void,
  ): Promise<string> {
    seen = [];
    server = createServer((request, response) => {
      seen.push(request);
      respond(request, response, request.headers.host!);
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const registries = (host: string) =>
    new Registries({ allowed: 'all', credentials: new Map([[host, USER]]) });

  test('gives a token for one repository, which is sent and the password is not', async () => {
    const host = await answering((request, response, here) => {
      if (request.url!.startsWith('/token')) return void response.end(JSON.stringify({ token: 'for-winch' }));
      if (request.headers.authorization === 'Bearer for-winch') {
        if (request.url!.includes('/manifests/')) return void response.writeHead(404).end();
        return void response.end(JSON.stringify({ tags: ['1'] }));
      }
      const challenge = `Bearer realm="http://${here}/token",service="harbour"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    expect(await registries(host).image(`${host}/ferry/winch:2`)).toEqual({
      reference: 'missing',
      tags: ['1'],
    });
    const token = seen.find(({ url }) => url!.startsWith('/token'))!;
    expect(token.url).toBe('/token?service=harbour&scope=repository%3Aferry%2Fwinch%3Apull');
    expect(seen.filter(({ headers }) => headers.authorization?.startsWith('Basic'))).toEqual([token]);
  });

  test('is followed from page to page, and nowhere else', async () => {
    const host = await answering((request, response) => {
      if (request.url!.includes('/manifests/')) return void response.writeHead(404).end();
      const last = new URL(request.url!, 'http://any').searchParams.get('last');
      const next = last === null ? '/v2/ferry/winch/tags/list?n=1000&last=b' : 'http://elsewhere/v2/tags';
      response.setHeader('link', `<${next}>; rel="next"`);
      response.end(JSON.stringify({ tags: last === null ? ['a', 'b'] : ['c', 'no tag'] }));
    });
    expect(await registries(host).image(`${host}/ferry/winch:2`)).toEqual({
      reference: 'missing',
      tags: ['a', 'b', 'c'],
    });
  });

  test.each([
    ['answers with an error of its own', 503],
    ['limits how often it may be asked', 429],
    ['forbids it', 403],
  ])('that %s tells nothing', async (_what, status) => {
    const host = await answering((_request, response) => void response.writeHead(status).end());
    expect(await registries(host).image(`${host}/ferry/winch:2`)).toEqual({
      reference: 'unknown',
      tags: null,
    });
  });

  test('that lists a tag whose manifest it does not find tells nothing', async () => {
    const host = await answering((request, response) => {
      if (request.url!.includes('/manifests/')) return void response.writeHead(404).end();
      response.end(JSON.stringify({ tags: ['2'] }));
    });
    expect(await registries(host).image(`${host}/ferry/winch:2`)).toMatchObject({ reference: 'unknown' });
  });

  test('that does not answer is an error of the question', async () => {
    await expect(registries('127.0.0.1:1').image('127.0.0.1:1/ferry/winch:2')).rejects.toThrow(
      'fetch failed',
    );
  });
});
