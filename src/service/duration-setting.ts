import { z } from 'zod';

export const DURATION = 'a number with s, m or h, such as 60s';

/** Milliseconds, written as `60s`. */
export const duration = z
  .string({ error: DURATION })
  .regex(/^[1-9]\d{0,5}[smh]$/, { error: DURATION })
  .transform(
    (text) =>
      Number.parseInt(text, 10) * { s: 1_000, m: 60_000, h: 3_600_000 }[text.at(-1) as 's' | 'm' | 'h'],
  );
