import { describeBytes } from '../kubernetes/quantities.ts';
import type { ObjectRef } from '../kubernetes/objects.ts';
import { quoted } from '../model/evidence.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import type { Told } from './memory-settings.ts';
import type { Statement } from './statement.ts';

/** A setting under which the program reaches any limit. */
export interface EndlessDemand extends Statement {
  readonly told: Told;
  /** What the setting does: the end of a sentence. */
  readonly does: Prose;
  readonly reason: Prose;
}

type Endless = Told & { readonly kind: 'unbounded' | 'load' | 'cache' };

const DOES: Readonly<Record<Endless['kind'], Prose>> = {
  unbounded: prose`takes memory up to any limit`,
  load: prose`takes memory up to any limit`,
  cache: prose`keeps a cache without eviction`,
};

const REASONS: Readonly<Record<Endless['kind'], Prose>> = {
  unbounded: prose`The container would reach a higher limit too; the command has to change.`,
  load: prose`A load generator takes as much as its options say; a person has to choose the load or the limit.`,
  cache: prose`A cache without eviction fills any limit; it needs a bound.`,
};

/** The first setting of an object that takes memory without end, or that makes a tool take it for a test. */
export function endlessDemand(all: readonly Told[], object: ObjectRef, limit: string): EndlessDemand | null {
  const told = all.find(isEndless);
  if (!told) return null;
  return {
    told,
    does: DOES[told.kind],
    says: endlessBecause(told, limit),
    evidence: [quoted('object', object, null, `${told.where}: ${told.words}`)],
    reason: REASONS[told.kind],
    blames: told.blame ? [told.blame] : [],
    advice: [adviceFor(told, limit)],
  };
}

function isEndless(told: Told): told is Endless {
  return told.kind === 'unbounded' || told.kind === 'load' || told.kind === 'cache';
}

function endlessBecause({ kind, words, where, bytes }: Endless, limit: string): Prose {
  if (kind === 'unbounded')
    return prose`${words} in ${where} keeps collecting data, so the container reaches any memory limit.`;
  if (kind === 'cache')
    return prose`${words} in ${where} turns eviction off, so the cache grows until the memory limit is reached.`;
  return bytes === null
    ? prose`${words} in ${where} is a load generator: its purpose is to take memory.`
    : prose`${words} in ${where} is a load generator that asks for ${describeBytes(bytes)}; the memory limit is ${limit}.`;
}

function adviceFor({ kind, words }: Endless, limit: string): Prose {
  if (kind === 'unbounded') return prose`Bound what ${words} reads or keeps, or remove it.`;
  if (kind === 'cache') return prose`Set a bound below the memory limit in place of ${words}.`;
  return prose`Remove ${words} if no load test is meant, or let it ask for less than the limit of ${limit}.`;
}

/** The first option or variable that allows nearly as much memory as the limit (in bytes), or more. */
export function optionBeyond(all: readonly Told[], limit: number): Told | undefined {
  return all.find(({ kind, bytes }) => kind === 'option' && bytes !== null && bytes > 0.95 * limit);
}

/** What such an option means for a limit; `shown` is the limit as it is written. */
export function optionAgainst(
  { words, where, bytes, blame }: Told,
  object: ObjectRef,
  limit: number,
  shown: string,
): Statement {
  return {
    says: prose`${words} in ${where} allows ${describeBytes(bytes ?? 0)} for a part of the program's memory, and the memory limit is ${shown}. The rest of the program needs memory on top of that.`,
    evidence: [quoted('object', object, null, `${where}: ${words}`)],
    blames: blame ? [blame] : [],
    advice: [
      prose`Lower ${words} to at most three quarters of the limit (${describeBytes(0.75 * limit)}).`,
      prose`Or raise the limit to at least ${describeBytes((bytes ?? 0) / 0.75)}, which ${words} needs.`,
    ],
  };
}

/** The largest size that the program's code takes and that its limit (in bytes) hardly holds. */
export function allocationBeyond(all: readonly Told[], limit: number): Told | undefined {
  return all
    .filter(({ kind, bytes }) => kind === 'allocation' && bytes !== null && bytes >= 0.5 * limit)
    .toSorted((a, b) => b.bytes! - a.bytes!)[0];
}
