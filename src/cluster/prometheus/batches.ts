import type { AtMost } from '../../concurrency/at-most.ts';
import type { MetricRequest, MetricSeries } from '../../model/cluster-state.ts';
import type { Reading } from './answer.ts';
import { batchQuery, likenessOf, shiftOf, type QueryTerms } from './queries.ts';
import type { PrometheusRequests } from './requests.ts';

interface Waiting {
  readonly request: MetricRequest;
  /** The moment that the scan is of. */
  readonly now: number;
  readonly likeness: string;
  readonly answer: (series: readonly MetricSeries[] | null) => void;
}

/** Characters of an address, which some proxies bound at 8 KiB. */
const LONGEST_ADDRESS = 6_000;
/** Requests in one query. */
const MOST = 50;

/** Asks for metrics, those that are alike and come together in one query; each request has the series that are its own. */
export class MetricBatches {
  readonly #base: URL;
  readonly #terms: QueryTerms;
  readonly #requests: PrometheusRequests;
  readonly #turns: AtMost;
  #queue: Waiting[] = [];

  constructor(base: URL, terms: QueryTerms, requests: PrometheusRequests, turns: AtMost) {
    this.#base = base;
    this.#terms = terms;
    this.#requests = requests;
    this.#turns = turns;
  }

  ask(request: MetricRequest, now: number): Promise<readonly MetricSeries[] | null> {
    const likeness = `${now} ${likenessOf(request)}`;
    return new Promise((answer) => {
      this.#queue.push({ request, now, likeness, answer });
      // Whatever else is asked before the event loop comes round can join, and what is asked while all turns are taken.
      setImmediate(() => void this.#turns.run(() => this.#sendNext()));
    });
  }

  async #sendNext(): Promise<void> {
    const batch = this.#take();
    if (batch.length > 0) await this.#send(batch);
  }

  /** The oldest request, and those that are alike; empty where another turn took them all. */
  #take(): readonly Waiting[] {
    const [first] = this.#queue;
    if (!first) return [];
    const alike = this.#queue.filter(({ likeness }) => likeness === first.likeness).slice(0, MOST);
    let batch = alike;
    while (batch.length > 1 && this.#address(batch).href.length > LONGEST_ADDRESS)
      batch = batch.slice(0, Math.floor(batch.length * 0.7));
    const taken = new Set(batch);
    this.#queue = this.#queue.filter((one) => !taken.has(one));
    return batch;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const read = await this.#get(batch);
    if (read !== null && 'reason' in read && read.about === 'query' && batch.length > 1) {
      // One of them may be what is too much.
      const middle = Math.ceil(batch.length / 2);
      await this.#send(batch.slice(0, middle));
      await this.#send(batch.slice(middle));
      return;
    }
    if (read !== null && 'reason' in read) this.#requests.refuse(batch[0]!.request.metric, read);
    for (const { request, answer } of batch)
      answer(read !== null && 'series' in read ? this.#ownSeries(request, read.series) : null);
  }

  async #get(batch: readonly Waiting[]): Promise<Reading | null> {
    return this.#requests.get(this.#address(batch), batch[0]!.now);
  }

  #address(batch: readonly Waiting[]): URL {
    return batchQuery(
      this.#base,
      batch.map(({ request }) => request),
      batch[0]!.now,
      this.#terms,
    );
  }

  /** Those series that a request asked for, at the times that it asked for. */
  #ownSeries(request: MetricRequest, all: readonly MetricSeries[]): readonly MetricSeries[] {
    const ofCluster = this.#terms.labels ?? {};
    const labels = Object.entries(request.labels).filter(([name]) => !(name in ofCluster));
    const shift = shiftOf(request);
    const own = all.filter((series) =>
      labels.every(([name, value]) => (series.labels[name] ?? '') === value),
    );
    if (shift === 0) return own;
    return own.map((series) => ({
      labels: series.labels,
      samples: series.samples.map(([at, value]) => [at + shift, value] as const),
    }));
  }
}
