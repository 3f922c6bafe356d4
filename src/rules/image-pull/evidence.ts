import { expired } from '../../facts/observations.ts';
import type { Report } from '../../facts/image-pulls.ts';
import { describeTime } from '../../kubernetes/durations.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import { counted, often, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { Seen } from '../define-rule.ts';
import type { Pull } from './pull.ts';

/** What the kubelet reported, since when and how often. */
export function toldOf(
  { image, node, judgement }: Pull,
  { firstSeen, occurrences, seenOn }: Required<Pick<Seen, 'firstSeen' | 'occurrences' | 'seenOn'>>,
): Prose {
  const attempts = occurrences === 1 ? ownText('once') : prose`at least ${often(occurrences)}`;
  const pods = seenOn.length === 1 ? prose`` : prose` (one of ${counted(seenOn.length, 'such pod')})`;
  const where = node === 'unknown' ? prose`` : prose` on node ${node}`;
  return prose`Since ${describeTime(firstSeen)}, pulling ${image} has failed ${attempts}: ${describeRef(refOf(judgement.report.pod))}${pods}${where} reports it.`;
}

const QUOTED_REPORTS = 5;

/** What says that there was an error, or that the kubelet waits before it tries again, and not why. */
const EMPTY = /^(?:Error: \w+|Back-off pulling image "[^"]*")$/;
/** What comes before the registry's answer: the same answer stands behind each of them. */
const PREAMBLE = /^(?:Back-off pulling image "[^"]*": |ErrImagePull: |Failed to pull image "[^"]*": )+/;

/** Each different answer once for each source, the one that decides first. */
export function reportEvidence({ reports, judgement }: Pull): readonly Evidence[] {
  const newestFirst = reports
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .filter(({ message }) => !EMPTY.test(message));
  const different = new Map<string, Report>();
  for (const report of [judgement.report, ...newestFirst]) {
    const key = `${report.source} ${report.message.replace(PREAMBLE, '')}`;
    if (!different.has(key)) different.set(key, report);
  }
  return [...different.values()]
    .slice(0, QUOTED_REPORTS)
    .map(({ source, pod, reason, message, lastSeen, count, isRemembered }) => {
      const times = count > 1 ? ` (${count} times)` : '';
      const said = `${reason}${times}${message === '' ? '' : `: ${message}`}`;
      return quoted(source, pod, lastSeen, `${said}${expired({ isRemembered })}`);
    });
}

/** Where the image is written in the cluster. */
export function originEvidence({ origin, cluster }: Pull): readonly Evidence[] {
  if (!('image' in origin) || origin.image === '') return [];
  const where = origin.kind === 'template' ? origin.field : 'the template’s image';
  return [quoted('object', origin.owner, cluster.now, `${where}: ${origin.image}`)];
}

/** The kubelet pulls without a secret that it cannot read, and says so in an event. */
export function secretProblems({ pod, cluster }: Pull): readonly Evidence[] {
  return cluster
    .eventsOf(pod)
    .filter(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')
    .slice(-1)
    .map(({ message, lastSeen }) => quoted('event', pod, lastSeen, message));
}
