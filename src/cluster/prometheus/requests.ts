import { AnswerTooLong, bounded, type Answer } from '../../http/bounded-answer.ts';
import { headersOf, TlsRequests, type PrometheusConnection } from '../prometheus-connection.ts';
import { TooManySamples } from '../recorded-metrics.ts';
import { readAnswer, type Reading, type Refusal } from './answer.ts';
import type { PrometheusLimits } from './limits.ts';

/** Milliseconds in which one that does not answer is not asked, doubled each time. */
const SHORTEST_PAUSE = 30_000;
const LONGEST_PAUSE = 5 * 60_000;
/** One query may be too much for it where others are not. */
const FAILURES_IN_A_ROW = 3;
/** Scans whose spending is known. */
const KNOWN_SCANS = 8;

/** What one scan has spent. */
interface Spent {
  readonly began: number;
  requests: number;
  bytes: number;
  isOver: boolean;
}

/**
 * GETs answers of one Prometheus. One that does not answer is left alone for a while: asking on would take the same time for every metric,
 * to say the same.
 */
export class PrometheusRequests {
  readonly #connection: PrometheusConnection;
  readonly #where: string;
  readonly #report: (where: string, message: string) => void;
  readonly #limits: PrometheusLimits;
  readonly #clock: () => number;
  readonly #tls: TlsRequests | null;
  readonly #scans = new Map<number, Spent>();
  #failuresInARow = 0;
  #hasAnswered = false;
  #silence: { readonly until: number; readonly pause: number } | null = null;

  constructor(
    connection: PrometheusConnection,
    base: URL,
    report: (where: string, message: string) => void,
    limits: PrometheusLimits,
    clock: () => number,
  ) {
    this.#connection = connection;
    this.#where = `${base.origin}${base.pathname}`;
    this.#report = report;
    this.#limits = limits;
    this.#clock = clock;
    this.#tls = connection.tls ? new TlsRequests(connection.tls) : null;
  }

  /**
   * What the address answers; null where it cannot be asked now, which was reported.
   *
   * @param scan the moment that the scan is of, in milliseconds since the epoch: what scans spend is counted by it
   */
  async get(url: URL, scan: number): Promise<Reading | null> {
    if (this.#silence !== null && this.#clock() < this.#silence.until) return null;
    const spent = this.#spentBy(scan);
    const left = spent.began + this.#limits.scan - this.#clock();
    const why = this.#overspent(spent, left);
    if (why !== null) return this.#end(spent, why);
    spent.requests += 1;
    try {
      const answer = await this.#send(url, Math.min(this.#limits.timeout, left));
      spent.bytes += answer.text.length;
      const read = readAnswer(answer);
      return 'reason' in read && read.about === 'server' ? this.#failed(read) : this.#answered(read);
    } catch (error) {
      const { cause, message, name } = error as Error;
      if (error instanceof AnswerTooLong || error instanceof TooManySamples)
        return this.#answered({ reason: message, about: 'query', retryAfter: 0 });
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
      const isSlow = name === 'TimeoutError' && left < this.#limits.timeout;
      if (isSlow) return this.#end(spent, this.#tooSlow());
      return this.#failed({ reason, about: 'server', retryAfter: 0 });
    }
  }

  /** Says why a query has no answer. */
  refuse(what: string, { reason }: Refusal): void {
    this.#report(this.#where, `cannot answer for ${what}: ${reason}`);
  }

  async #send(url: URL, timeout: number): Promise<Answer> {
    const headers = await headersOf(this.#connection, process.env);
    const signal = AbortSignal.timeout(timeout);
    const most = this.#limits.answerBytes;
    if (this.#tls) return this.#tls.get(url, headers, signal, most);
    return bounded(await fetch(url, { headers, redirect: 'manual', signal }), most);
  }

  #answered(read: Reading): Reading {
    this.#hasAnswered = true;
    this.#failuresInARow = 0;
    this.#silence = null;
    return read;
  }

  /** Others may still be answered, until some in a row were not. */
  #failed(refusal: Refusal): Reading | null {
    this.#failuresInARow += 1;
    if (this.#hasAnswered && this.#failuresInARow < FAILURES_IN_A_ROW) return refusal;
    const { reason, retryAfter } = refusal;
    const before = this.#silence;
    if (before === null) this.#report(this.#where, `does not answer, metrics are unknown: ${reason}`);
    const asked = Math.max(1000 * retryAfter, before === null ? SHORTEST_PAUSE : 2 * before.pause);
    const pause = Math.min(asked, LONGEST_PAUSE);
    if (before === null || this.#clock() >= before.until)
      this.#silence = { until: this.#clock() + pause, pause };
    return null;
  }

  #spentBy(scan: number): Spent {
    const known = this.#scans.get(scan);
    if (known) return known;
    const spent = { began: this.#clock(), requests: 0, bytes: 0, isOver: false };
    this.#scans.set(scan, spent);
    for (const oldest of this.#scans.keys()) {
      if (this.#scans.size <= KNOWN_SCANS) break;
      this.#scans.delete(oldest);
    }
    return spent;
  }

  #overspent({ requests, bytes }: Spent, left: number): string | null {
    if (left <= 0) return this.#tooSlow();
    if (requests >= this.#limits.requests) return `one scan may ask ${this.#limits.requests} times`;
    return bytes >= this.#limits.scanBytes ? 'one scan may read no more of it' : null;
  }

  #tooSlow(): string {
    return `its answers took longer than the ${this.#limits.scan / 1000} s that one scan waits`;
  }

  #end(spent: Spent, why: string): null {
    if (!spent.isOver) this.#report(this.#where, `metrics not answered by now are unknown: ${why}`);
    spent.isOver = true;
    return null;
  }
}
