import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Scheme } from './github-page.ts';

/** Names under which Chromium is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of the browser on PATH, null where there is none. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return places.find((place) => existsSync(place)) ?? null;
}

export interface Shot {
  /** In CSS pixels. */
  readonly width: number;
  /** Null for the whole page. */
  readonly height: number | null;
  /** Device pixels for a CSS pixel. */
  readonly scale: number;
  readonly scheme: Scheme;
}

/**
 * A headless Chromium, told what to do through the DevTools protocol on a pipe: one JSON message each, ended by a zero byte.
 * Source: https://chromedevtools.github.io/devtools-protocol/
 */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #sent = 0;

  constructor(program: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'faultline-chromium-'));
    // Chromium's sandbox refuses to work for root, and only our own pages are opened.
    const options = ['--headless', '--remote-debugging-pipe', '--no-sandbox', '--hide-scrollbars'];
    this.#process = spawn(program, [...options, `--user-data-dir=${this.#profile}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    let unread = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (unread + text).split('\0');
      unread = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message) as Answer);
    });
    this.#process.on('exit', () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: 'Chromium ended' } });
    });
    // What is written after it ended is answered above.
    this.#pipe.on('error', () => {});
  }

  /** A PNG of a page of ours, which says in the promise `drawn` how high it is. */
  async picture(url: string, { width, height, scale, scheme }: Shot): Promise<Buffer> {
    const { targetId } = await this.#send<{ targetId: string }>('Target.createTarget', {
      url: 'about:blank',
    });
    const { sessionId } = await this.#send<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    const send = <T>(method: string, parameters: object): Promise<T> =>
      this.#send<T>(method, parameters, sessionId);
    const screen = { width, height: 800, deviceScaleFactor: scale, mobile: false };
    await send('Emulation.setDeviceMetricsOverride', screen);
    await send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
    await send('Page.navigate', { url });
    const pageHeight = await this.#drawn(send);
    const clip = { x: 0, y: 0, width, height: Math.min(height ?? pageHeight, pageHeight), scale: 1 };
    const { data } = await send<{ data: string }>('Page.captureScreenshot', {
      clip,
      captureBeyondViewport: true,
    });
    await this.#send('Target.closeTarget', { targetId });
    return Buffer.from(data, 'base64');
  }

  /** Until the page has loaded, its script has not run and nothing is known of a promise. */
  async #drawn(send: <T>(method: string, parameters: object) => Promise<T>): Promise<number> {
    const expression = `new Promise((resolve) => {
      const look = () => globalThis.drawn ? resolve(globalThis.drawn) : setTimeout(look, 10);
      look();
    })`;
    const { result } = await send<{ result: { value: number } }>('Runtime.evaluate', {
      expression,
      awaitPromise: true,
    });
    return result.value;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    await this.#send('Browser.close', {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true });
  }

  get #pipe(): Writable {
    return this.#process.stdio[3] as Writable;
  }

  #send<T>(method: string, params: object, sessionId?: string): Promise<T> {
    const id = (this.#sent += 1);
    const answered = new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, ({ error, result }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result as T),
      );
    });
    this.#pipe.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answered;
  }

  #receive(answer: Answer): void {
    if (answer.id === undefined) return;
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}

/** An event has no id. */
interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: unknown;
}
