import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openWatch } from '../../../src/cluster/watching/open-watch.ts';
import { PACE, type Pace } from '../../../src/cluster/watching/pace.ts';
import type { ClusterObject } from '../../../src/model/cluster-state.ts';
import { writeKubeconfig, type Kubeconfig } from '../api-server.ts';

/*
 * A watch against an API server made of numbers, which does at random what real ones do: it changes objects, sends bookmarks, breaks
 * connections, forgets versions, fails, and pages lists at one version while objects change.
 */

type Step =
  | { readonly does: 'put' | 'remove'; readonly name: number }
  /** Removed and created again, under the same name. */
  | { readonly does: 'replace'; readonly name: number }
  /** Written with the same content: only its version changes. */
  | { readonly does: 'touch'; readonly name: number }
  | { readonly does: 'bookmark' | 'cut' | 'end' | 'compact' | 'gone' | 'garbage' | 'breathe' }
  | { readonly does: 'fail'; readonly status: number; readonly times: number };

const NAMES = 6;
const PAGE = 2;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constantFrom('put' as const, 'remove' as const), name: fc.nat(NAMES) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('replace' as const, 'touch' as const),
      name: fc.nat(NAMES),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom(
        'bookmark' as const,
        'cut' as const,
        'end' as const,
        'compact' as const,
        'gone' as const,
        'garbage' as const,
        'breathe' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('fail' as const),
      status: fc.constantFrom(429, 500, 503, 504),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

interface Stored {
  readonly name: string;
  readonly uid: string;
  readonly value: string;
  readonly version: number;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
  readonly version: number;
}

/** The objects and all that happened to them, as etcd has it. */
class Truth {
  readonly objects = new Map<string, Stored>();
  readonly watches = new Map<ServerResponse, number>();
  #changes: Change[] = [];
  #forgotten = 0;
  #failing: { readonly status: number; times: number } | null = null;
  version = 1;

  do(step: Step): void {
    switch (step.does) {
      case 'put':
        return this.#put(step.name, (known) => ({ uid: known?.uid, value: `at ${this.version}` }));
      case 'touch':
        if (this.objects.has(`object-${step.name}`))
          this.#put(step.name, (known) => ({ uid: known?.uid, value: known!.value }));
        return;
      case 'replace':
        this.#remove(step.name);
        return this.#put(step.name, () => ({ uid: undefined, value: 'again' }));
      case 'remove':
        return this.#remove(step.name);
      case 'bookmark':
        return this.#send(() => ({
          type: 'BOOKMARK',
          object: { metadata: { resourceVersion: String(this.version) } },
        }));
      case 'gone':
        this.#send(() => ({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } }));
        return this.#end((response) => response.end());
      case 'garbage':
        for (const response of this.watches.keys()) response.write('{"type":"ADDED","object":{"meta');
        return this.#end((response) => response.destroy());
      case 'cut':
        return this.#end((response) => response.destroy());
      case 'end':
        return this.#end((response) => response.end());
      case 'compact':
        this.#forgotten = this.version;
        return;
      case 'fail':
        this.#failing = { status: step.status, times: step.times };
        return;
      case 'breathe':
    }
  }

  /** A status instead of an answer; null: none is due. */
  failure(): number | null {
    if (this.#failing === null || this.#failing.times === 0) return null;
    this.#failing.times -= 1;
    return this.#failing.status;
  }

  list(token: string | null): { readonly status: number; readonly body: object } {
    const [at, from] =
      token === null ? [this.version, 0] : (token.split('.').map(Number) as [number, number]);
    if (token !== null && at < this.#forgotten)
      return { status: 410, body: { code: 410, message: 'expired' } };
    const all = [...this.#at(at).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const rest = all.length > from + PAGE ? { continue: `${at}.${from + PAGE}` } : {};
    const items = all.slice(from, from + PAGE).map(written);
    return { status: 200, body: { metadata: { resourceVersion: String(at), ...rest }, items } };
  }

  watch(response: ServerResponse, from: number): void {
    if (from < this.#forgotten) {
      response.writeHead(410).end(JSON.stringify({ code: 410, message: 'too old resource version' }));
      return;
    }
    response.writeHead(200).flushHeaders();
    for (const change of this.#changes) if (change.version > from) response.write(line(change));
    this.watches.set(response, from);
    response.on('close', () => this.watches.delete(response));
  }

  #put(index: number, of: (known: Stored | undefined) => { uid: string | undefined; value: string }): void {
    const name = `object-${index}`;
    const known = this.objects.get(name);
    this.version += 1;
    const { uid, value } = of(known);
    const object = { name, uid: uid ?? `uid-${this.version}`, value, version: this.version };
    this.objects.set(name, object);
    this.#tell({ type: known === undefined ? 'ADDED' : 'MODIFIED', object, version: this.version });
  }

  #remove(index: number): void {
    const known = this.objects.get(`object-${index}`);
    if (known === undefined) return;
    this.version += 1;
    this.objects.delete(known.name);
    this.#tell({ type: 'DELETED', object: { ...known, version: this.version }, version: this.version });
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    for (const response of this.watches.keys()) response.write(line(change));
  }

  #send(event: () => object): void {
    for (const response of this.watches.keys()) response.write(`${JSON.stringify(event())}\n`);
  }

  #end(end: (response: ServerResponse) => void): void {
    for (const response of this.watches.keys()) end(response);
    this.watches.clear();
  }

  #at(version: number): Map<string, Stored> {
    const objects = new Map<string, Stored>();
    for (const { type, object, version: of } of this.#changes) {
      if (of > version) break;
      if (type === 'DELETED') objects.delete(object.name);
      else objects.set(object.name, object);
    }
    return objects;
  }
}

function written({ name, uid, value, version }: Stored): object {
  return { metadata: { name, namespace: 'shop', uid, resourceVersion: String(version) }, data: { value } };
}

function line({ type, object }: Change): string {
  return `${JSON.stringify({ type, object: written(object) })}\n`;
}

let truth = new Truth();
let kubeconfig: Kubeconfig;
const RESOURCES = [{ kind: 'ConfigMap', name: 'configmaps', namespaced: true, verbs: ['list', 'watch'] }];

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, 'http://server');
  const answer = (status: number, body: object): void =>
    void response.writeHead(status).end(JSON.stringify(body));
  if (pathname === '/apis') return answer(200, { groups: [] });
  if (pathname === '/api/v1') return answer(200, { resources: RESOURCES });
  if (pathname !== '/api/v1/configmaps') return answer(404, { message: 'not found' });
  const failure = truth.failure();
  if (failure !== null) return answer(failure, { code: failure, message: 'for now' });
  if (searchParams.has('watch')) return truth.watch(response, Number(searchParams.get('resourceVersion')));
  const { status, body } = truth.list(searchParams.get('continue'));
  answer(status, body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  kubeconfig = await writeKubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await kubeconfig.remove();
});

const BRISK: Pace = { ...PACE, pause: (milliseconds, signal) => PACE.pause(milliseconds / 500, signal) };

test('whatever happens in whatever order, the state is the truth after it, and each change is told once', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(NAMES), { maxLength: 6 }),
      fc.array(fc.tuple(step, fc.boolean()), { minLength: 5, maxLength: 40 }),
      async (names, steps) => {
        truth = new Truth();
        for (const name of names) truth.do({ does: 'put', name });
        const watch = await openWatch({
          kinds: [{ group: '', kind: 'ConfigMap', version: 'v1' }],
          kubeconfig: kubeconfig.path,
          pace: BRISK,
        });
        const told = new Map<string, ClusterObject>();
        const wrong: string[] = [];
        watch.subscribe((changes) => {
          for (const { ref, before, after } of changes) {
            if ((told.get(ref.name) ?? null) !== before)
              wrong.push(`${ref.name}: before is not what was told`);
            if (after === null && before === null) wrong.push(`${ref.name}: nothing to nothing`);
            if (after !== null && before !== null && contentOf(after) === contentOf(before))
              wrong.push(`${ref.name}: a change that changes nothing`);
            if (after === null) told.delete(ref.name);
            else told.set(ref.name, after);
          }
        });
        try {
          for (const [one, lets] of steps) {
            truth.do(one);
            // Some steps follow at once, others after what comes of them.
            if (lets) await new Promise((resolve) => setTimeout(resolve, 1));
          }
          const wanted = [...truth.objects.values()]
            .map(({ name, uid, value }) => `${name} ${uid} ${value}`)
            .toSorted();
          await vi.waitFor(
            () => {
              const state = watch.state()?.list('ConfigMap', 'shop') ?? null;
              expect(state?.map(contentOf).toSorted()).toEqual(wanted);
              expect([...told.values()].map(contentOf).toSorted()).toEqual(wanted);
            },
            { timeout: 10_000, interval: 2 },
          );
          expect(wrong).toEqual([]);
        } finally {
          watch.close();
        }
      },
    ),
    { numRuns: Number(process.env['WATCH_RUNS'] ?? 60) },
  ));

function contentOf({ metadata: { name, uid }, data }: ClusterObject): string {
  return `${name} ${uid} ${(data as { value: string }).value}`;
}
