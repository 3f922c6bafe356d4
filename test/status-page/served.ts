import { onTestFinished } from 'vitest';
import { statusSite } from '../../src/commands/status-site.ts';
import { Observation } from '../../src/observation/observation.ts';
import { StatusViews } from '../../src/service/status/status-views.ts';
import type { Access } from '../../src/status-page/access.ts';
import type { StatusSource } from '../../src/status-page/source.ts';
import type { GitHubLimit } from '../../src/model/github-limit.ts';
import type { MadeService } from '../service/made-service.ts';

export interface ServedPage {
  readonly address: string;
  get(
    path: string,
    init?: RequestInit,
  ): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }>;
  /** What was logged as an error. */
  readonly errors: object[];
}

export function viewsOf(
  { service, store, github }: MadeService,
  limits: readonly GitHubLimit[] = [],
): StatusViews {
  return new StatusViews({
    service: () => service,
    settings: () => null,
    limits: () => limits,
    store,
    now: github.clock.now,
  });
}

/** The status page of a service that a test made. */
export function servedPage(made: MadeService, access?: Access): Promise<ServedPage> {
  return servedFrom(viewsOf(made), access);
}

export async function servedFrom(
  source: StatusSource,
  access: Access = { token: null, proxy: null },
): Promise<ServedPage> {
  const observation = new Observation(Date.now);
  const errors: object[] = [];
  observation.serveSite(
    statusSite({ access, source, log: { error: (facts: object) => void errors.push(facts) } }),
  );
  const server = await observation.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const address = `http://127.0.0.1:${server.port}`;
  const get: ServedPage['get'] = async (path, init = {}) => {
    const answer = await fetch(`${address}${path}`, { redirect: 'manual', ...init });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  return { address, get, errors };
}
