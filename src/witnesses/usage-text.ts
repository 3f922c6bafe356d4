import { distance } from 'fastest-levenshtein';

/** The long flags that a usage text lists: `  -r, --rest-enabled   Enable REST API`. Empty where a log has no such text. */
export function flagsListed(log: string): readonly string[] {
  if (!/^\s*(?:usage|options|flags)\b/im.test(log)) return [];
  const listed = log.split('\n').flatMap((line) => {
    const [, flag] = /^\s+(?:-\w,? )?\s*(--?[A-Za-z][\w.-]+)(?:[ =,[<]|$)/.exec(line) ?? [];
    return flag === undefined ? [] : [flag];
  });
  return [...new Set(listed)];
}

/** A misspelt flag as the usage text spells it: the one that differs in two letters at most. */
export function flagMeant(flag: string, listed: readonly string[]): string | null {
  const most = Math.min(2, Math.floor(flag.replace(/^-+/, '').length / 4));
  const near = listed.filter((one) => distance(one, flag) <= most);
  return near.length === 1 ? near[0]! : null;
}

/** The words of a shell's command line that are the flag itself, with its value: null where its value may be another word. */
export function elementOf(args: readonly string[], flag: string): number | null {
  const found = args.flatMap((text, index) => (text === flag || text.startsWith(`${flag}=`) ? [index] : []));
  const [index] = found;
  if (index === undefined || found.length > 1) return null;
  const next = args[index + 1];
  const standsAlone = args[index]!.includes('=') || next === undefined || next.startsWith('-');
  return standsAlone ? index : null;
}
