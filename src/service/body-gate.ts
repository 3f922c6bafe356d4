import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request is answered with in place of being handed on. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
}

export interface BodyLimits {
  /** Bytes of one body. GitHub sends no payload over 25 MB. */
  readonly one: number;
  /** Bytes of all bodies that are held at a time, read or being read. */
  readonly all: number;
  /** Milliseconds for a body to arrive in full. */
  readonly milliseconds: number;
}

export const BODY_LIMITS: BodyLimits = { one: 25_000_000, all: 100_000_000, milliseconds: 30_000 };

/**
 * Reads the bodies of requests, so that nobody behind it has to: what is too long, too slow or too much at a time is refused while it
 * arrives. Bytes beyond a limit are never read from the connection, let alone kept.
 */
export interface BodyGate {
  /** The whole body, or why there is none. What is read is held until the response is done. */
  read(request: IncomingMessage, response: ServerResponse): Promise<Buffer | Refusal>;
  /** Bytes that are held now. */
  held(): number;
}

interface Held {
  bytes: number;
  /** Ends the reading; null once it has ended. */
  refuse: ((refusal: Refusal) => void) | null;
}

export function bodyGate(limits: BodyLimits = BODY_LIMITS): BodyGate {
  const bodies = new Set<Held>();
  let total = 0;
  const release = (body: Held): void => {
    if (bodies.delete(body)) total -= body.bytes;
  };
  const tooLong = { status: 413, error: `a body has at most ${limits.one} bytes` };
  const tooMuch = { status: 503, error: 'too many bodies at a time; try again later' };
  const tooSlow = {
    status: 408,
    error: `the body did not arrive within ${limits.milliseconds / 1000} seconds`,
  };

  const read = async (request: IncomingMessage, response: ServerResponse): Promise<Buffer | Refusal> => {
    if (Number(request.headers['content-length'] ?? 0) > limits.one) return tooLong;
    const body: Held = { bytes: 0, refuse: null };
    bodies.add(body);
    response.once('close', () => release(body));
    const chunks: Buffer[] = [];
    const refusal = await new Promise<Refusal | null>((resolve) => {
      const end = (refusal: Refusal | null): void => {
        clearTimeout(timer);
        body.refuse = null;
        request.off('data', take).off('end', done).off('error', broken).off('close', broken);
        request.pause();
        resolve(refusal);
      };
      const done = (): void => end(null);
      const broken = (): void => end({ status: 400, error: 'the body broke off' });
      const take = (chunk: Buffer): void => {
        body.bytes += chunk.length;
        total += chunk.length;
        if (body.bytes > limits.one) return end(tooLong);
        chunks.push(chunk);
        if (total > limits.all) greatest(bodies)?.refuse?.(tooMuch);
      };
      const timer = setTimeout(() => end(tooSlow), limits.milliseconds);
      body.refuse = end;
      request.on('data', take).on('end', done).on('error', broken).on('close', broken);
    });
    if (refusal === null) return Buffer.concat(chunks, body.bytes);
    release(body);
    return refusal;
  };
  return { read, held: () => total };
}

/** Of those that are still being read: whoever sends most gives way, so that nobody can shut out the small ones. */
function greatest(bodies: ReadonlySet<Held>): Held | null {
  return [...bodies]
    .filter(({ refuse }) => refuse !== null)
    .reduce<Held | null>((most, body) => (most === null || body.bytes > most.bytes ? body : most), null);
}

/** Milliseconds that a sender gets to notice that it is refused, before the connection is cut. */
const NOTICE = 500;

/**
 * Answers without having read the body, and closes the connection. The rest of the body stays unread. The response ends a moment
 * later: cutting the connection under a sender at once would cost it the answer.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, { status, error }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  request.pause();
  const body = JSON.stringify({ error });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...(status === 503 ? { 'retry-after': '30' } : {}),
  });
  if (request.complete) return void response.end(body);
  response.write(body);
  const timer = setTimeout(() => response.end(), NOTICE);
  response.once('close', () => clearTimeout(timer));
}
