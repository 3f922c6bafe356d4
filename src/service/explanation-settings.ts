import { z } from 'zod';
import type { ExplanationSettings } from '../explanation/endpoint.ts';
import { duration } from './duration-setting.ts';

const ADDRESS = 'an address that starts with http:// or https:// and ends before /chat/completions';
const VARIABLE = 'the name of a variable of the environment';
const TOKENS = 'a whole number from 50 to 4000';

/** `explanation` in the service's settings. */
export const explanationSchema = z
  .strictObject(
    {
      url: z
        .string({ error: ADDRESS })
        .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, { error: ADDRESS })
        .refine((url) => !url.includes('/chat/completions'), { error: ADDRESS })
        .describe('The endpoint, as https://llm.example.com/v1: /chat/completions follows.'),
      model: z.string({ error: 'the name of a model' }).min(1).max(100).describe('The name of the model.'),
      tokenVariable: z
        .string({ error: VARIABLE })
        .regex(/^[A-Za-z_]\w*$/, { error: VARIABLE })
        .optional()
        .describe('The variable of the environment that holds the token. Default: none is sent.'),
      maxTokens: z
        .int({ error: TOKENS })
        .min(50, { error: TOKENS })
        .max(4000, { error: TOKENS })
        .default(400)
        .describe('How many tokens an answer may have.'),
      timeout: duration
        .default(20_000)
        .describe('How long an answer may take; no scan and no pull request waits for it.'),
    },
    { error: 'a mapping of keys to values' },
  )
  .describe('A language model that explains errors of applications. Default: none is asked.');

export function explanationIn({
  tokenVariable,
  ...given
}: z.infer<typeof explanationSchema>): ExplanationSettings {
  return { ...given, tokenVariable: tokenVariable ?? null };
}
