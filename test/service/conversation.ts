import type { IncomingComment, Response } from '../../src/chatops/respond.ts';
import type { Person, Protection, StandIn } from '../github/stand-in/interface.ts';
import { madeService, type MadeService } from './made-service.ts';

/** Somebody writes a comment: what GitHub tells of it. */
export function commented(
  { clock }: Pick<StandIn, 'clock'>,
  thread: number,
  who: Person,
  body: string,
): IncomingComment {
  const id = who.comment(thread, body);
  const createdAt = clock.now();
  return {
    kind: 'comment',
    thread,
    id,
    author: who.login,
    isBot: false,
    body,
    createdAt,
    updatedAt: createdAt,
  };
}

/** Somebody writes a comment, and the service hears of it. */
export async function say(
  { repository, service, github }: MadeService,
  thread: number,
  who: Person,
  body: string,
  times = 1,
): Promise<Response | null> {
  const comment = commented(github, thread, who, body);
  let response: Response | null = null;
  for (let time = 0; time < times; time += 1) response = await service.comment(repository.slug, comment);
  return response;
}

/** What Faultline wrote in a thread that answers somebody. */
export function answers({ repository, github }: MadeService, thread: number): readonly string[] {
  return repository
    .comments(thread)
    .filter(({ author }) => author === github.botLogin)
    .map(({ body }) => body);
}

export interface WithPull extends MadeService {
  /** Of Faultline's pull request. */
  readonly number: number;
}

/** The service after its first scan, which opened a pull request. */
export async function withPull(
  files: Readonly<Record<string, string>> = {},
  protection: Protection | null = null,
): Promise<WithPull> {
  const made = await madeService(files);
  if (protection) made.repository.protect('main', protection);
  await made.service.scan('prod');
  return { ...made, number: made.repository.pulls()[0]!.number };
}
