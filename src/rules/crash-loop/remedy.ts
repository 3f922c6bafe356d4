import type { ContainerFacts } from '../../facts/subjects.ts';
import { keysOf } from '../../kubernetes/config-objects.ts';
import { describeRef, recordsOf, refOf } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Commit } from '../../model/commit.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { ConfidencePart, Guard, Verdict } from '../../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { wayBack } from '../../witnesses/going-back.ts';
import { keyField, removalOf } from '../../witnesses/key-history.ts';
import { isNamed, type Complaint } from '../../witnesses/named-edit.ts';
import { commandMeant, withWord } from '../../witnesses/near-command.ts';
import { lastEdits, undoing, type TemplateEdit } from '../../witnesses/template-past.ts';
import { elementOf, flagMeant, flagsListed } from '../../witnesses/usage-text.ts';

/** What would end a crash, and what proves it. */
export interface Remedy {
  readonly verdict: Verdict;
  readonly reason: Prose;
  readonly because: readonly Prose[];
  readonly evidence: readonly Evidence[];
  readonly changes: readonly Change[];
  readonly guards: readonly Guard[];
  readonly introducedBy?: Commit;
  readonly sure: ConfidencePart;
}

export interface Failing {
  readonly pod: ClusterObject;
  readonly complaint: Complaint;
  /** What the program printed; empty where it never ran. */
  readonly log: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What is down elsewhere, or full: a template that was Ready fails as well now. */
const OF_OTHERS = new Set([
  'connection-refused',
  'connection-timeout',
  'name-not-resolved',
  'network-policy',
  'too-many-connections',
  'too-many-open-files',
  'database-read-only',
  'no-space-left',
  'certificate-invalid',
  'authentication-failed',
  'api-forbidden',
  'leadership-lost',
  'missing-relation',
  'migration-failed',
  'heap-exhausted',
  'killed',
  'terminated',
]);

/**
 * What git's history or the last Ready template proves: what the complaint names goes back to what it was; a removed key comes back; else
 * everything since the last Ready template, as a draft; else a misspelt command or flag, as a draft. Null where nothing proves a value.
 */
export function* remedyFor(container: ContainerFacts, ask: Ask, failing: Failing): Asking<Remedy | null> {
  const { complaint, pod, since } = failing;
  const { object } = container.workload;
  const path = container.path;
  if (!object || path === null) return null;
  const edits = (yield* lastEdits(ask, object)) ?? [];
  const named = edits.filter((edit) => isNamed(complaint, edit, path));
  if (named.length > 0) return undone(container, named);
  const key = complaint.cause === 'missing-variable' ? yield* removedKey(container, ask, complaint) : null;
  if (key) return key;
  if (!OF_OTHERS.has(complaint.cause)) {
    const back = yield* goneBack(container, ask, pod, since);
    if (back) return back;
  }
  return misspelt(container, failing);
}

/** What a conclusion takes over from a remedy. */
export function conclusionOf({ verdict, reason, changes, guards, introducedBy }: Remedy) {
  return { verdict, reason, changes, guards, ...(introducedBy && { introducedBy }) };
}

function undone(container: ContainerFacts, edits: readonly TemplateEdit[]): Remedy | null {
  const { ref } = container.workload;
  const changes = edits.map((edit) => undoing(ref, edit));
  if (changes.some((one) => one.length === 0)) return null;
  const commits = [...new Map(edits.map(({ commit }) => [commit.sha, commit])).values()];
  const [commit] = commits as [Commit];
  const isRemoval = edits.every(({ after }) => after === undefined);
  return {
    verdict: 'fix',
    reason: prose`The log names what ${describeCommit(commit)} ${ownText(isRemoval ? 'removed' : 'changed')}: the value before it is restored.`,
    because: edits.map((edit) => sinceOf(edit)),
    evidence: edits.map((edit) =>
      commitEvidence(edit.commit, `${edit.field}: ${textOf(edit.before)} became ${textOf(edit.after)}`),
    ),
    changes: changes.flat(),
    guards: [{ kind: 'no-auto-merge', reason: prose`whoever made the change may have had a reason` }],
    introducedBy: commit,
    sure: { factor: 0.9, reason: prose`the program names what the commit changed` },
  };
}

/** `Since commit a1b2c3d4 by Mina Holm (…), args is […]; it was […].` */
function sinceOf({ field, before, after, commit }: TemplateEdit): Prose {
  const [, own = field] = /(?:containers|initContainers)\[name=[^\]]+\]\.(.+)$/.exec(field) ?? [];
  const [, variable] = /^env\[name=([^\]]+)\]\.value$/.exec(own) ?? [];
  const what = variable === undefined ? prose`${own}` : prose`the variable ${variable}`;
  const since = prose`Since ${describeCommit(commit)}, ${what}`;
  if (after === undefined) return prose`${since} is gone; it was ${textOf(before)}.`;
  if (before === undefined) return prose`${since} is ${textOf(after)}; there was none before.`;
  return prose`${since} is ${textOf(after)}; it was ${textOf(before)}.`;
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A key that a commit took out of a ConfigMap from which the container takes its variables. */
function* removedKey(
  { cluster, workload, placed }: ContainerFacts,
  ask: Ask,
  { about }: Complaint,
): Asking<Remedy | null> {
  if (about === null) return null;
  const { envFrom = [], env = [] } = placed?.container ?? {};
  const whole = recordsOf(envFrom).flatMap(({ prefix = '', configMapRef }) =>
    configMapRef?.name !== undefined && about.startsWith(prefix)
      ? [{ name: configMapRef.name, key: about.slice(prefix.length) }]
      : [],
  );
  const single = env.flatMap(({ name, valueFrom }) => {
    const { name: map, key } = valueFrom?.configMapKeyRef ?? {};
    return name === about && map !== undefined && key !== undefined ? [{ name: map, key }] : [];
  });
  for (const { name, key } of [...single, ...whole]) {
    const map = cluster.get('ConfigMap', workload.ref.namespace, name);
    const present = map && keysOf(map);
    if (!map || !present || present.has(key)) continue;
    const removal = yield* removalOf(ask, refOf(map), key, present);
    if (!removal || removal.value.includes('***')) continue;
    const from = describeRef(refOf(map));
    return {
      verdict: 'fix',
      reason: prose`The value that the key had before ${describeCommit(removal.commit)} is restored as it was.`,
      because: [
        prose`It comes from ${from}, from which ${describeCommit(removal.commit)} removed the key ${key}.`,
        ...(removal.heirs.length > 0
          ? [
              prose`The same commit brought its value under ${listed(removal.heirs)}, which the program does not read.`,
            ]
          : []),
      ],
      evidence: [commitEvidence(removal.commit, `data key ${key} of ${name} was removed`)],
      changes: [changeOf(refOf(map), keyField(key), null, removal.value)],
      guards: [{ kind: 'no-auto-merge', reason: prose`the key was removed by someone, perhaps on purpose` }],
      introducedBy: removal.commit,
      sure: { factor: 0.9, reason: prose`history shows the key and its last value` },
    };
  }
  return null;
}

function* goneBack(
  container: ContainerFacts,
  ask: Ask,
  pod: ClusterObject,
  since: number,
): Asking<Remedy | null> {
  const back = yield* wayBack(container, ask, pod, since);
  if (!back) return null;
  const [commit, ...older] = back.commits;
  const by =
    older.length > 0
      ? prose`${older.length + 1} commits, the last of them ${describeCommit(commit)},`
      : describeCommit(commit);
  const fields = [...new Set(back.changes.map(({ field }) => field.text))];
  return {
    verdict: 'fix',
    reason: prose`Going back to what is Ready undoes ${describeCommit(commit)}: a person decides whether to go back or forward.`,
    because: [prose`${back.says} with the template before; ${by} changed ${counted(fields.length)} since.`],
    evidence: [back.evidence],
    changes: back.changes,
    guards: [
      {
        kind: 'draft',
        reason: prose`Going back undoes ${describeCommit(commit)}, and only people know what it was for`,
      },
    ],
    introducedBy: commit,
    sure: {
      factor: 0.9,
      reason: prose`the template before it is Ready now, and the commits explain the whole difference`,
    },
  };
}

function counted(fields: number): Prose {
  return ownText(fields === 1 ? 'one field' : `${fields} fields`);
}

/** What one near name says was meant, with no history to prove it. */
function misspelt(container: ContainerFacts, { complaint, log }: Failing): Remedy | null {
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
    guards: [{ kind: 'draft', reason: prose`That ${meant} is meant rests on likeness, not on history` }],
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
      ? prose`The program lists ${meant}, and no ${flag}.`
      : prose`The program lists its flags, and none like ${flag} is among them.`,
    because: [
      meant
        ? prose`The usage text of ${image} lists ${meant}, and no ${flag}.`
        : prose`The usage text of ${image} lists ${known.length} flags, and none like ${flag}.`,
    ],
    evidence: [],
    changes,
    guards: [
      {
        kind: 'draft',
        reason: meant
          ? prose`That ${meant} is meant rests on likeness, not on history`
          : prose`What ${flag} was for is not known: another version of the image may need it`,
      },
    ],
    sure: { factor: 0.85, reason: prose`the program's own usage text does not list the flag` },
  };
}
