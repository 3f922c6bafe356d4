import type { ContainerFacts } from '../../facts/subjects.ts';
import { prose } from '../../untrusted/prose.ts';
import { commandMeant, withWord } from '../../witnesses/near-command.ts';
import { undoing } from '../../witnesses/template-past.ts';
import { elementOf, flagMeant, flagsListed } from '../../witnesses/usage-text.ts';
import type { Failing, Remedy } from './failing.ts';

/** What one near name says was meant, with no history to prove it. */
export function misspelt(container: ContainerFacts, { complaint, log }: Failing): Remedy | null {
  const { cause, about } = complaint;
  if (about === null) return null;
  if (cause === 'command-not-found') return misspeltCommand(container, about, log !== '');
  return cause === 'unknown-flag' ? unknownFlag(container, about, log) : null;
}

function misspeltCommand(container: ContainerFacts, command: string, isOfShell: boolean): Remedy | null {
  const { image = '', command: line = [], args = [] } = container.placed?.container ?? {};
  const meant = commandMeant(command, image, isOfShell);
  if (meant === null) return null;
  const changes = (
    [
      ['command', line],
      ['args', args],
    ] as const
  ).flatMap(([field, words]) =>
    words.flatMap((word, index) => {
      const corrected = withWord(String(word), command, meant);
      return corrected === null ? [] : container.change(`${field}[${index}]`, corrected);
    }),
  );
  if (changes.length !== 1) return null;
  return {
    verdict: 'fix',
    reason: prose`${command} is one letter away from ${meant}, which comes with ${image}.`,
    because: [prose`The one command near it that comes with ${image} is ${meant}.`],
    evidence: [],
    changes,
    guards: [{ kind: 'draft', reason: prose`Only likeness, not history, suggests that ${meant} is meant` }],
    sure: { factor: 0.8, reason: prose`one command is near the name, and no history tells` },
  };
}

/** A flag that the usage text of the very program does not list: the one that it spells nearly so, or none. */
function unknownFlag(container: ContainerFacts, flag: string, log: string): Remedy | null {
  const known = flagsListed(log);
  if (known.length < 2 || known.includes(flag)) return null;
  const { args = [], command = [] } = container.placed?.container ?? {};
  const [field, words] =
    elementOf(args, flag) !== null ? (['args', args] as const) : (['command', command] as const);
  const at = elementOf(words, flag);
  if (at === null) return null;
  const meant = flagMeant(flag, known);
  const before = String(words[at]);
  const changes = meant
    ? container.change(`${field}[${at}]`, meant + before.slice(flag.length))
    : undoing(container.workload.ref, {
        field: `${container.path}.${field}`,
        before: words.filter((_, index) => index !== at),
        after: words,
      });
  if (changes.length === 0) return null;
  const image = container.placed?.container.image ?? '';
  return {
    verdict: 'fix',
    reason: meant
      ? prose`The program lists ${meant}, but not ${flag}.`
      : prose`The program lists its flags, and none like ${flag} is among them.`,
    because: [
      meant
        ? prose`The usage text of ${image} lists ${meant}, but not ${flag}.`
        : prose`The usage text of ${image} lists ${known.length} flags, and none like ${flag}.`,
    ],
    evidence: [],
    changes,
    guards: [
      {
        kind: 'draft',
        reason: meant
          ? prose`Only likeness, not history, suggests that ${meant} is meant`
          : prose`Nothing says what ${flag} was for, and another version of the image may need it`,
      },
    ],
    sure: { factor: 0.85, reason: prose`the program's own usage text does not list the flag` },
  };
}
