import { createHash, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, rootFields } from '../graphql/execute.ts';
import { has, newId, slugOf, type GitHub } from '../github.ts';
import { installationRefusal } from '../moves.ts';
import type { FaultKind, JournalEntry } from '../interface.ts';
import { admitted } from './access.ts';
import { authenticated, loginOf, type Actor } from './authenticate.ts';
import { wrongWithAnswer, wrongWithRequest } from './conformity.ts';
import { findOperation, type Operation } from './description.ts';
import type { FaultQueue } from './faults.ts';
import { secondaryLimit, type Limits, type Resource } from './limits.ts';
import { Refusal, type Answer, type Call } from './route.ts';
import { routes } from './routes.ts';
import { gitRequest, openedRepository, serveGit, type GitRequest } from './smart-http.ts';

/*
 * One request from arrival to answer: noted in the journal, held against the description, befallen by faults, carried out,
 * and its answer held against the description too.
 */

export type Hook = (n: number, moment: 'arrived' | 'done', entry: JournalEntry) => void | Promise<void>;

export interface Front {
  readonly github: GitHub;
  readonly publicKey: KeyObject;
  readonly limits: Limits;
  readonly faults: FaultQueue;
  readonly journal: Entry[];
  readonly violations: string[];
  hook: Hook | null;
}

/** The journal's entries, while they are being written. */
type Entry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] };

interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly entry: Entry;
  readonly text: string;
}

export function newServer(front: Front): Server {
  return createServer((request, response) => {
    respond(front, request, response).catch((error: unknown) => {
      front.violations.push(`the stand-in broke: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  });
}

async function respond(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', front.github.url);
  const git = gitRequest(request.method ?? 'GET', url);
  if (git !== null) return respondToGit(front, git, request, response, url);
  const text = await bodyOf(request);
  // Whoever asked is gone before the whole question was here.
  if (text === null) return;
  const entry = newEntry(front, request, url, text);
  const operation = entry.kind === 'rest' ? findOperation(entry.method, entry.path) : null;
  if (operation?.operation) entry.operation = operation.operation.id;
  front.journal.push(entry);
  await front.hook?.(entry.n, 'arrived', entry);
  const incoming = { request, response, url, entry, text };
  const violation = wrongWith(incoming, operation);
  const kinds = violation === null ? front.faults.take(entry) : [];
  const answer =
    violation === null
      ? await answered(front, incoming, operation?.operation ? operation : null, kinds)
      : violationAnswer(front, entry, violation);
  if (answer !== 'dropped') entry.status = answer.status;
  await front.hook?.(entry.n, 'done', entry);
  if (answer === 'dropped') {
    entry.status = 0;
    request.socket.destroy();
  } else send(front, incoming, answer);
}

type FoundOperation = { readonly operation: Operation; readonly params: Readonly<Record<string, string>> };

/** What of a request GitHub would not understand; null when all is well. */
function wrongWith(
  { request, entry, text }: Incoming,
  found: ReturnType<typeof findOperation> | null,
): string | null {
  if (request.headers['user-agent'] === undefined) return 'a request needs a User-Agent';
  if (text !== '' && entry.body === undefined) return 'the body is no JSON';
  if (entry.kind === 'graphql') return entry.method === 'POST' ? null : 'GraphQL is asked with POST';
  if (found === null || found.operation === null) return found?.why ?? 'GitHub has no such path';
  if (routes[found.operation.route] === undefined)
    return `the stand-in does not know ${found.operation.route} yet`;
  const wrong = wrongWithRequest(found.operation, {
    params: found.params,
    query: entry.query,
    body: entry.body,
  });
  return wrong.length === 0 ? null : wrong.join('; ');
}

function violationAnswer({ violations }: Front, entry: Entry, why: string): Answer {
  const violation = `${entry.method} ${entry.path}: ${why}`;
  violations.push(violation);
  return { status: 500, body: { message: violation } };
}

async function answered(
  front: Front,
  incoming: Incoming,
  found: FoundOperation | null,
  kinds: readonly FaultKind[],
): Promise<Answer | 'dropped'> {
  const { entry } = incoming;
  for (const kind of kinds) {
    if (kind.kind === 'race') kind.act();
    if (kind.kind === 'delay') await sleep(kind.milliseconds);
  }
  const early = kinds.find(
    (kind) =>
      'status' in kind ||
      kind.kind === 'drop' ||
      kind.kind.endsWith('limit') ||
      kind.kind === 'token-expired',
  );
  if (early === undefined) return carriedOut(front, incoming, found);
  switch (early.kind) {
    case 'status':
      if (early.effect === true) carriedOut(front, incoming, found);
      return { status: early.status, body: { message: 'Server Error' } };
    case 'drop':
      if (early.effect === true) carriedOut(front, incoming, found);
      return 'dropped';
    case 'answer':
      return checkedAnswer(front, incoming, found, {
        status: early.status,
        body: early.body ?? { message: 'Refused', documentation_url: '' },
        headers: early.headers ?? {},
      });
    case 'secondary-limit':
      return secondaryLimit(early.status ?? 403, early.retryAfter ?? null).answer;
    case 'primary-limit': {
      const actor = actorOf(front, incoming);
      if (!(actor instanceof Refusal)) front.limits.exhaust(actor, resourceOf(entry), early.resetIn);
      return carriedOut(front, incoming, found);
    }
    case 'token-expired': {
      const actor = actorOf(front, incoming);
      if (!(actor instanceof Refusal) && actor.kind === 'token') actor.token.revoked = true;
      return carriedOut(front, incoming, found);
    }
    case 'race':
    case 'delay':
      return carriedOut(front, incoming, found);
  }
}

function carriedOut(front: Front, incoming: Incoming, found: FoundOperation | null): Answer {
  const { entry } = incoming;
  const actor = actorOf(front, incoming);
  if (actor instanceof Refusal) return checkedAnswer(front, incoming, found, actor.answer);
  entry.actor = actor.kind === 'app' ? 'app' : loginOf(actor);
  const resource = resourceOf(entry);
  const call: Call = {
    github: front.github,
    limits: front.limits,
    actor,
    params: found?.params ?? {},
    query: entry.query,
    body: entry.body ?? {},
    url: incoming.url,
    format: formatOf(incoming.request),
  };
  let answer: Answer;
  try {
    if (front.github.enterprise === null) front.limits.check(actor, resource);
    refuseInstallation(front.github, actor);
    if (entry.method !== 'GET' && entry.kind === 'rest') front.limits.countWrite(actor);
    answer = found === null ? graphqlAnswer(front, entry, call) : restAnswer(call, found, entry.method);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = error.answer;
  }
  answer = checkedAnswer(front, incoming, found, answer);
  answer = withETag(incoming, answer);
  // An Enterprise Server has limits only where its administrator set some.
  if (front.github.enterprise !== null) return answer;
  const isFree = answer.status === 304 || entry.path === '/rate_limit';
  if (!isFree) front.limits.count(actor, resource);
  const { limit, remaining, used, reset } = front.limits.rate(actor, resource);
  return {
    ...answer,
    headers: {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': resource,
      ...answer.headers,
    },
  };
}

/** An installation that is suspended, gone or kept out by an allow list gets nothing. */
function refuseInstallation({ state }: GitHub, actor: Actor): void {
  const id = actor.kind === 'token' && actor.token.kind === 'installation' ? actor.token.installation : null;
  const refusal = id === null ? null : installationRefusal(state.installations.get(id) ?? null);
  if (refusal !== null) throw refusal;
}

function restAnswer(call: Call, { operation }: FoundOperation, method: string): Answer {
  const route = routes[operation.route];
  if (route === undefined) throw new Error(`no route for ${operation.route}`);
  return route.scope === 'repository' ? route.handle(admitted(call, route, method)) : route.handle(call);
}

/** Of Enterprise Server 3.x. */
const MERGE_QUEUES = 12;

function graphqlAnswer(front: Front, entry: Entry, call: Call): Answer {
  if (call.actor.kind === 'anonymous')
    throw new Refusal(401, 'This endpoint requires you to be authenticated.');
  const unknown = has(front.github, MERGE_QUEUES)
    ? null
    : /isMergeQueueEnabled|enqueuePullRequest/.exec(String((entry.body as { query?: unknown }).query));
  if (unknown) {
    const message = `Field '${unknown[0]}' doesn't exist on type 'PullRequest'`;
    return { status: 200, body: { errors: [{ message, extensions: { code: 'undefinedField' } }] } };
  }
  const { body, misfits } = execute(call);
  front.violations.push(...misfits.map((misfit) => `GraphQL ${entry.operation}: ${misfit}`));
  return { status: 200, body };
}

function checkedAnswer(
  front: Front,
  { entry, request }: Incoming,
  found: FoundOperation | null,
  answer: Answer,
): Answer {
  if (found === null) return answer;
  const format = formatOf(request);
  if (answer.status < 300 && format !== 'json' && answer.raw === undefined) {
    return violationAnswer(front, entry, `the stand-in does not know the media type "${format}" here`);
  }
  const wrong = wrongWithAnswer(found.operation, answer.status, answer.body, answer.raw !== undefined);
  if (wrong.length === 0) return answer;
  return violationAnswer(front, entry, `the stand-in's own answer ${answer.status}: ${wrong.join('; ')}`);
}

function actorOf({ github, publicKey }: Front, { request }: Incoming): Actor | Refusal {
  try {
    return authenticated(github, publicKey, request.headers.authorization);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function resourceOf({ kind }: JournalEntry): Resource {
  return kind === 'graphql' ? 'graphql' : 'core';
}

/** `application/vnd.github.v3.raw+json` is `raw`; previews are JSON. */
function formatOf(request: IncomingMessage): string {
  const format = /vnd\.github(?:\.v3)?\.([a-z]+)(?:\+json)?(?:$|[;,])/.exec(
    request.headers.accept ?? '',
  )?.[1];
  return format === undefined || format === 'v3' ? 'json' : format;
}

/** Answers to GET have a tag. It depends on the token too: a renewed token makes all of them new. */
function withETag({ request, entry }: Incoming, answer: Answer): Answer {
  if (entry.method !== 'GET' || answer.status !== 200) return answer;
  const hash = createHash('sha256').update(
    JSON.stringify([answer.body, request.headers.authorization, request.headers.accept]),
  );
  const etag = `W/"${hash.update(answer.raw ?? '').digest('hex')}"`;
  const headers = { ...answer.headers, etag };
  const known = (request.headers['if-none-match'] ?? '').split(/, */);
  return known.includes(etag) ? { status: 304, headers } : { ...answer, headers };
}

function send({ github }: Front, { response, request }: Incoming, answer: Answer): void {
  const text = answer.raw ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    date: new Date(github.now()).toUTCString(),
    ...(github.enterprise === null
      ? { server: 'github.com' }
      : { 'x-github-enterprise-version': `enterprise-server@3.${github.enterprise}.4` }),
    'x-github-request-id': `${newId(github).toString(16).toUpperCase()}:STAND-IN`,
    'x-github-media-type': `github.v3; format=${formatOf(request)}`,
    'cache-control': 'private, max-age=60, s-maxage=60',
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP',
    ...(text.length === 0
      ? {}
      : {
          'content-type':
            answer.raw === undefined
              ? 'application/json; charset=utf-8'
              : 'application/vnd.github.raw; charset=utf-8',
        }),
    ...answer.headers,
  });
  response.end(text);
}

/** Redirects lead to addresses with the repository's id. */
function pathOf(github: GitHub, { pathname }: URL): string {
  const path = pathname.replace(/^\/api\/v3(?=\/)/, '');
  const id = /^\/repositories\/(\d+)/.exec(path)?.[1];
  const found = [...github.state.repositories.values()].find((one) => String(one.id) === id);
  return found ? path.replace(/^\/repositories\/\d+/, `/repos/${slugOf(found)}`) : path;
}

function newEntry({ journal, github }: Front, request: IncomingMessage, url: URL, text: string): Entry {
  const isGraphQL = url.pathname === '/api/graphql';
  const body = parsed(text);
  return {
    n: journal.filter(({ kind }) => kind !== 'git').length + 1,
    kind: isGraphQL ? 'graphql' : 'rest',
    method: request.method ?? 'GET',
    path: pathOf(github, url),
    query: Object.fromEntries(url.searchParams),
    body,
    operation: isGraphQL
      ? rootFields((body as { readonly query?: string } | undefined)?.query).join(' ')
      : null,
    actor: null,
    status: null,
  };
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function respondToGit(
  front: Front,
  git: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const entry: Entry = {
    n: 0,
    kind: 'git',
    method: request.method ?? 'GET',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: undefined,
    operation: `${git.service} ${git.phase}`,
    actor: null,
    status: null,
  };
  front.journal.push(entry);
  for (const kind of front.faults.take(entry)) {
    if (kind.kind === 'drop') {
      entry.status = 0;
      request.socket.destroy();
      return;
    }
    if (kind.kind === 'status') {
      entry.status = kind.status;
      response.writeHead(kind.status).end();
      return;
    }
    if (kind.kind === 'answer') {
      entry.status = kind.status;
      response
        .writeHead(kind.status, { 'content-type': 'text/plain', ...kind.headers })
        .end(String(kind.body ?? ''));
      return;
    }
    if (kind.kind === 'race') kind.act();
    if (kind.kind === 'delay') await sleep(kind.milliseconds);
  }
  try {
    const { folder, actor } = openedRepository(front.github, git, request.headers.authorization);
    entry.actor = loginOf(actor);
    entry.status = 200;
    await serveGit(folder, git, request, response);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    entry.status = error.answer.status;
    const challenge = error.answer.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {};
    response
      .writeHead(error.answer.status, { 'content-type': 'text/plain', ...challenge })
      .end(error.message);
  }
}
