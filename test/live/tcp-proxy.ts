import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between a client and a server, which can fail. */
export interface TcpProxy {
  /** `https://127.0.0.1:…` */
  readonly address: string;
  readonly connections: number;
  /** From now on nothing passes, and nobody is told: connections stay open, as when a cable is cut. */
  goSilent(): void;
  /** Bytes pass again, over new connections alone: those of before stay dead. */
  resume(): void;
  /** Milliseconds that each piece of an answer takes longer from now on. */
  delay(milliseconds: number): void;
  /** Breaks all connections. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<TcpProxy> {
  const port = Number(new URL(target).port);
  const open = new Set<Socket>();
  let isSilent = false;
  let late = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isDead = isSilent;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('data', (bytes) => {
        isDead ||= isSilent;
        if (isDead) return;
        if (late === 0 || from === client) to.write(bytes);
        else setTimeout(() => to.writable && to.write(bytes), late);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        open.delete(from);
        isDead ||= isSilent;
        if (!isDead || from === client) to.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return open.size / 2;
    },
    goSilent: () => (isSilent = true),
    resume: () => (isSilent = false),
    delay: (milliseconds) => (late = milliseconds),
    cut: () => {
      for (const socket of open) socket.destroy();
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
