import type { Json } from '../kubernetes/objects.ts';
import type { z } from 'zod';

/** A question that an assistant may ask: one command of the command line, which only reads. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** When to use it and what comes back, for the assistant. */
  readonly description: string;
  /** Strict: what it does not know is refused. */
  readonly input: z.ZodObject;
  /** False where the tool is of no use without a cluster. */
  readonly worksWithoutCluster: boolean;
  /** The arguments of the command, without the repository, the cluster and the format. Values are never arguments of their own: `--field=…`. */
  command(input: Input): readonly string[];
  /** Leaves out of the answer what was not asked for. Left out: nothing is. */
  narrowed?(answer: Json, input: Input): Json;
  /** True where `--snapshot` or `--context` may be added. */
  readonly takesCluster: boolean;
  readonly takesPrometheus?: boolean;
  /** True where the organisation's defaults and the settings of `serve` count. */
  readonly takesPolicy?: boolean;
}

/** What a client sent, after its schema has checked it. */
export type Input = Readonly<Record<string, unknown>>;

/** `--name=value` for each that is given. */
export function flags(input: Input, names: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(names).flatMap(([key, flag]) => {
    const value = input[key];
    return value === undefined ? [] : [`--${flag}=${String(value)}`];
  });
}
