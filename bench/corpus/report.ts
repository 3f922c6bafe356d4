import { table } from '../table.ts';
import { FIELD_CLASSES } from './fields.ts';
import type { Anywhere, CorpusCase, CorpusResult } from './measure.ts';

/** The tables of a run. */
export function report(results: readonly CorpusResult[]): string {
  const cases = results.flatMap((result) => result.cases);
  const asked = results.reduce((sum, { commandLine }) => sum + commandLine.asked, 0);
  const different = results.flatMap(({ commandLine }) => commandLine.different);
  return [
    roots(results),
    leftOut(results),
    verdicts('by repository', cases, ({ repository }) => repository),
    verdicts('by renderer', cases, rendererOf),
    verdicts('by field', cases, ({ field }) => field.class, FIELD_CLASSES),
    withoutRoot(cases),
    declines(cases),
    `command line: ${asked} asked, ${different.length} answered otherwise${different.map((one) => `\n  ${one}`).join('')}`,
    ...bad(cases),
  ].join('\n\n');
}

function rendererOf({ renderer, by }: Pick<CorpusCase, 'renderer' | 'by'>): string {
  if (renderer !== 'helm') return by === 'folder' ? renderer : `${renderer}, ${by}`;
  return by === 'folder' ? 'helm, own values' : `helm, ${by}`;
}

function roots(results: readonly CorpusResult[]): string {
  const kinds = ['folder', 'Application', 'Kustomization', 'HelmRelease', 'mapping'] as const;
  const rows = results.map(({ repository, built, leftOut: out, fields }) => [
    repository,
    ...kinds.map((kind) => built.filter(({ by }) => by === kind).length),
    out.length,
    fields,
  ]);
  const head = [
    'roots that build, by',
    'folder',
    'Application',
    'Kustomization',
    'HelmRelease',
    'values pair',
  ];
  return table([[...head, 'left out', 'fields'], ...rows]);
}

function leftOut(results: readonly CorpusResult[]): string {
  const all = results.flatMap((result) => result.leftOut);
  const rows = [...Map.groupBy(all, ({ by, reason }) => `${by === 'folder' ? 'folder' : by}: ${reason}`)]
    .map(([reason, inIt]) => [reason, inIt.length] as const)
    .sort(([, a], [, b]) => b - a);
  return table([['left out because', 'roots'], ...rows]);
}

function verdicts(
  title: string,
  cases: readonly CorpusCase[],
  groupOf: (one: CorpusCase) => string,
  order: readonly string[] = [...new Set(cases.map(groupOf))],
): string {
  const isNaive = cases.some(({ naive }) => naive !== undefined);
  const rows = [...order, 'all'].flatMap((group) => {
    const inGroup = group === 'all' ? cases : cases.filter((one) => groupOf(one) === group);
    if (inGroup.length === 0) return [];
    const count = (is: (one: CorpusCase) => boolean): number => inGroup.filter(is).length;
    const right = count(({ verdict }) => verdict.kind === 'right');
    const proven = count(({ verdict }) => verdict.kind === 'right' && verdict.isProven);
    const shared = count(({ verdict }) => verdict.kind === 'right' && verdict.isShared);
    const cut = count(({ verdict }) => verdict.kind === 'cut off');
    const heldBack = count(isHeldBack);
    const declined = count(({ verdict }) => verdict.kind === 'declined') - heldBack;
    const wrong = count(({ verdict }) => verdict.kind === 'wrong');
    const editable = inGroup.length - heldBack;
    const naive = (['right', 'wrong', null] as const).map((outcome) => count((one) => one.naive === outcome));
    return [
      [
        group,
        inGroup.length,
        right,
        shared,
        cut,
        declined,
        heldBack,
        wrong,
        share(right, editable),
        share(proven, editable),
        ...(isNaive ? naive : []),
      ],
    ];
  });
  const head = [
    title,
    'tried',
    'right',
    'with others',
    'cut off',
    'declined',
    'held back',
    'wrong',
    'right of editable',
    'proven',
  ];
  return table([[...head, ...(isNaive ? ['naive right', 'naive wrong', 'naive none'] : [])], ...rows]);
}

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

function isHeldBack({ verdict }: CorpusCase): boolean {
  return verdict.kind === 'declined' && verdict.isHeldBack;
}

function withoutRoot(cases: readonly CorpusCase[]): string {
  const asked = cases.filter(({ anywhere }) => anywhere !== undefined);
  const rows = [...new Set(asked.map(({ repository }) => repository)), 'all'].map((group) => {
    const inGroup = group === 'all' ? asked : asked.filter(({ repository }) => repository === group);
    const count = (is: (one: Anywhere) => boolean): number =>
      inGroup.filter((one) => is(one.anywhere!)).length;
    const declined = count(({ verdict }) => verdict.kind === 'declined');
    const ambiguous = count(({ verdict, isAmbiguous }) => verdict.kind === 'declined' && isAmbiguous);
    const alike = inGroup.filter(
      ({ verdict, anywhere }) =>
        verdict.kind === 'declined' && anywhere!.verdict.kind === 'declined' && !anywhere!.isAmbiguous,
    ).length;
    return [
      group,
      inGroup.length,
      count(({ verdict }) => verdict.kind === 'right'),
      count(({ verdict }) => verdict.kind === 'cut off'),
      ambiguous,
      alike,
      declined - ambiguous - alike,
      count(({ verdict }) => verdict.kind === 'wrong'),
    ];
  });
  const declined = ['truly ambiguous', 'declined with --root too', 'declined otherwise'];
  return table([['without --root', 'tried', 'right', 'cut off', ...declined, 'wrong'], ...rows]);
}

function declines(cases: readonly CorpusCase[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of cases)
    if (verdict.kind === 'declined') counts.set(verdict.code, (counts.get(verdict.code) ?? 0) + 1);
  return table([['declined because', 'fields'], ...[...counts].sort(([, a], [, b]) => b - a)]);
}

function bad(cases: readonly CorpusCase[]): readonly string[] {
  return cases.flatMap(({ verdict, anywhere, repository, root, object, field, diff }) => {
    const asked = `${repository} ${root} ${object} ${field.text} → ${field.after}`;
    const without =
      anywhere?.verdict.kind === 'wrong' ? [`WRONG without --root ${asked}\n${anywhere.verdict.reason}`] : [];
    return verdict.kind === 'wrong' ? [`WRONG ${asked}\n${verdict.reason}\n${diff}`, ...without] : without;
  });
}
