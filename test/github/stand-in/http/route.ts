import type { Doer, GitHub } from '../github.ts';
import type { Repository } from '../state.ts';
import type { Actor } from './authenticate.ts';
import type { Limits } from './limits.ts';

/** One REST request, after it was found to be as described. */
export interface Call {
  readonly github: GitHub;
  readonly actor: Actor;
  readonly limits: Limits;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** As the description says; `{}` without. */
  readonly body: unknown;
  /** The whole address, for links. */
  readonly url: URL;
  /** Asked for through the media type: `json`, `raw`, `diff`… */
  readonly format: string;
}

/** A request about a repository that the caller can see. */
export interface RepositoryCall extends Call {
  readonly repository: Repository;
  readonly doer: Doer;
}

export interface Answer {
  readonly status: number;
  /** Undefined: no body. */
  readonly body?: unknown;
  /** Instead of JSON, for the format `raw`. */
  readonly raw?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Routes = Readonly<Record<string, Route>>;
export type RepositoryRoutes = Readonly<Record<string, RepositoryRoute>>;

export interface Route {
  readonly scope: 'any';
  handle(call: Call): Answer;
}

export interface RepositoryRoute {
  readonly scope: 'repository';
  /** What an App must be granted: any of these, as `contents:write`. */
  readonly needs: readonly string[];
  /** What a person must be allowed. Default: `read` for GET, else `write`. */
  readonly person?: 'read' | 'triage' | 'write' | 'admin';
  handle(call: RepositoryCall): Answer;
}

export function repositoryRoute(
  needs: string,
  handle: (call: RepositoryCall) => Answer,
  person?: RepositoryRoute['person'],
): RepositoryRoute {
  return {
    scope: 'repository',
    needs: needs.split(' '),
    handle,
    ...(person === undefined ? {} : { person }),
  };
}

export function anyRoute(handle: (call: Call) => Answer): Route {
  return { scope: 'any', handle };
}

/** GitHub says no. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(
    status: number,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.answer = {
      status,
      headers,
      body: { message, ...more, documentation_url: 'https://docs.github.com/rest', status: String(status) },
    };
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

export interface Problem {
  readonly resource: string;
  readonly code: string;
  readonly field?: string;
  readonly message?: string;
  readonly value?: string | null;
}

export function invalid(...errors: readonly Problem[]): Refusal {
  return new Refusal(422, 'Validation Failed', { errors });
}

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, body, headers };
}

export function created(body: Readonly<Record<string, unknown>>): Answer {
  return { status: 201, body, headers: typeof body['url'] === 'string' ? { location: body['url'] } : {} };
}

export function rawContent(content: Buffer): Answer {
  return { status: 200, raw: content };
}

export const noContent: Answer = { status: 204 };
