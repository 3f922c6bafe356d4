import { z } from 'zod';

/**
 * What is read of the payloads of webhooks. A signature says who sent them, not that they are of the shape that is documented.
 * Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */

const id = z.int().positive();
const name = z.string().max(1000);
const repository = z.looseObject({
  id,
  full_name: z
    .string()
    .max(300)
    .regex(/^\w[\w-]*\/(?!\.{1,2}$)[\w.-]+$/),
  default_branch: name.nullish(),
});
const installation = z.looseObject({ id });
const user = z.looseObject({ login: name, type: name.nullish() });
const repositories = z.array(z.looseObject({ full_name: repository.shape.full_name })).nullish();
const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'expected a time');

const common = z.looseObject({
  action: z.string().max(100).nullish(),
  repository: repository.nullish(),
  installation: installation.nullish(),
  sender: user.nullish(),
});
const ofRepository = common.extend({ repository });

const side = z.looseObject({ ref: name, sha: name, repo: z.looseObject({ id }).nullish() });

const PAYLOADS: Readonly<Record<string, z.ZodType>> = {
  installation: common.extend({ installation, repositories }),
  installation_repositories: common.extend({
    installation,
    repositories_added: repositories,
    repositories_removed: repositories,
  }),
  issue_comment: ofRepository.extend({
    issue: z.looseObject({ number: id }),
    comment: z.looseObject({
      id,
      body: z.string(),
      user: user.nullish(),
      created_at: time,
      updated_at: time,
    }),
  }),
  pull_request: ofRepository.extend({
    pull_request: z.looseObject({ number: id, head: side, base: side }),
  }),
  push: ofRepository.extend({ ref: name }),
  check_suite: ofRepository.extend({ check_suite: z.looseObject({ head_branch: name.nullish() }) }),
  status: ofRepository.extend({ branches: z.array(z.looseObject({ name })) }),
};

/** Null where the payload is what the event is documented to bring, as far as it is read; else the part that is not. */
export function oddityOf(event: string, payload: unknown): string | null {
  const schema = Object.hasOwn(PAYLOADS, event) ? PAYLOADS[event]! : common;
  const { error } = schema.safeParse(payload);
  if (error === undefined) return null;
  const path = error.issues[0]?.path.join('.') ?? '';
  return path === '' ? 'the payload' : path;
}
