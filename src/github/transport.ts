/** How requests reach GitHub: one for the process, so that it can be told to stop. */
export interface Transport {
  /** The fetch that Octokit uses. */
  readonly fetch: typeof globalThis.fetch;
  /** Lets requests that are under way finish and refuses new ones. */
  close(): void;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
}

/** So that a connection that says nothing more does not hold up everything behind it, in milliseconds. */
const PATIENCE = 30_000;

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];

/** @param environment `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, as curl and git read them */
export function newTransport(environment: NodeJS.ProcessEnv = process.env): Transport {
  const send = PROXIES.some((name) => environment[name]) ? throughProxy(environment) : globalThis.fetch;
  let isClosed = false;
  let underWay = 0;
  let waiting: (() => void)[] = [];

  return {
    fetch: async (input, init) => {
      if (isClosed) throw stopping();
      underWay += 1;
      try {
        const answer = await send(input, { ...init, signal: AbortSignal.timeout(PATIENCE) });
        return answer;
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resolve of waiting.splice(0)) resolve();
      }
    },
    close: () => {
      isClosed = true;
    },
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise((resolve) => (waiting = [...waiting, resolve])),
  };
}

/** In words that `errors.ts` knows: asking again would not help. */
function stopping(): Error {
  return new Error('Faultline is stopping');
}

/** Node.js's own fetch knows no proxies; undici is what it is made of. Loaded only where there is a proxy. */
function throughProxy(environment: NodeJS.ProcessEnv): typeof globalThis.fetch {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name];
  const options = Object.fromEntries(
    Object.entries({
      httpProxy: named('HTTP_PROXY'),
      httpsProxy: named('HTTPS_PROXY'),
      noProxy: named('NO_PROXY'),
    }).filter(([, value]) => value !== undefined),
  );
  const proxied = import('undici').then(({ EnvHttpProxyAgent, fetch }) => {
    const dispatcher = new EnvHttpProxyAgent(options);
    return (input: unknown, init: unknown) =>
      fetch(input as Parameters<typeof fetch>[0], { ...(init as Parameters<typeof fetch>[1]), dispatcher });
  });
  return (async (input, init) => (await proxied)(input, init)) as typeof globalThis.fetch;
}
