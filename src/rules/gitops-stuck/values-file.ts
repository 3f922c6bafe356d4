import { posix } from 'node:path';
import { describeRef, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import type { Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import type { Detail, Stuck } from './detail.ts';

/** A values file that an Application names. */
interface ValuesFile {
  readonly field: string;
  readonly entry: string;
  /** In the repository. */
  readonly path: string;
  readonly url: string | null;
}

/** A values file of an Application that the repository does not have: where one commit put it, or the commit that took it away. */
export function* detailOfValuesFile({ object, complaint, ask }: Stuck): Asking<Detail | null> {
  const file = valuesFilesOf(object).find(({ path }) =>
    new RegExp(`[/ ]${escaped(path)}: no such file`).test(complaint.message),
  );
  if (!file) return null;
  const ref = refOf(object);
  const { field, entry, path, url } = file;
  const past = yield* ask.pathPast(url, path);
  const shared = {
    summary: prose`${describeRef(ref)} cannot be rendered: ${field} names ${entry}, and the repository has no ${path}.`,
    blames: [{ object: ref, field }],
  };
  if (!past)
    return {
      ...shared,
      because: [],
      evidence: [],
      advice: [prose`Add ${path}, or correct ${field}.`],
      reason: prose`Whether the file is to come or the entry to go is for a person to say.`,
    };
  const { removedBy, movedTo } = past;
  return {
    ...shared,
    because: [
      movedTo === null
        ? prose`It went away in ${describeCommit(removedBy)}.`
        : prose`It moved to ${movedTo} in ${describeCommit(removedBy)}.`,
    ],
    evidence: [
      commitEvidence(removedBy, movedTo === null ? `removed ${path}` : `moved ${path} to ${movedTo}`),
    ],
    introducedBy: removedBy,
    ...(movedTo === null
      ? {
          reason: prose`Whether the file is to come back or the entry to go is for a person to say.`,
          advice: [prose`Restore ${path}, or take the entry out of ${field}.`],
        }
      : {
          verdict: 'fix' as const,
          changes: [changeOf(ref, field, entry, written(entry, path, movedTo))],
          reason: prose`One commit moved the whole file.`,
          guards: [
            {
              kind: 'no-auto-merge' as const,
              reason: prose`all that ${describeRef(ref)} applies is rendered anew`,
            },
          ],
          advice: [],
        }),
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The new place, from where the entry starts: the chart's folder, or the source that it names. */
function written(entry: string, path: string, movedTo: string): string {
  const source = /^\$[^/]+\//.exec(entry)?.[0];
  if (source) return source + movedTo;
  if (entry.startsWith('/')) return `/${movedTo}`;
  const base = path.slice(0, path.length - posix.normalize(entry).replace(/^(?:\.\.\/)+/, '').length);
  const up = posix
    .normalize(entry)
    .split('/')
    .filter((part) => part === '..').length;
  if (up === 0) return posix.relative(base === '' ? '.' : base, movedTo);
  return movedTo.startsWith(base) ? '../'.repeat(up) + movedTo.slice(base.length) : `/${movedTo}`;
}

/** `spec.source.helm.valueFiles`: below the chart's folder, from the repository's root with a `/`, or of another source as `$name/…`. */
function valuesFilesOf(object: Stuck['object']): readonly ValuesFile[] {
  const spec = recordAt(object, 'spec');
  const several = recordsOf(spec['sources']);
  const all =
    several.length > 0
      ? several.map((source, index) => ({ source, at: `spec.sources[${index}]` }))
      : [{ source: recordAt(spec, 'source'), at: 'spec.source' }];
  return all.flatMap(({ source, at }) => {
    const entries = recordAt(source, 'helm')['valueFiles'];
    return (Array.isArray(entries) ? entries : []).flatMap((entry: unknown, index) => {
      if (typeof entry !== 'string') return [];
      const [, named, rest] = /^\$([^/]+)\/(.+)$/.exec(entry) ?? [];
      const from = named === undefined ? source : several.find(({ ref }) => ref === named);
      if (!from) return [];
      const path =
        rest ?? (entry.startsWith('/') ? entry.slice(1) : posix.join(String(source['path'] ?? '.'), entry));
      const url = typeof from['repoURL'] === 'string' ? from['repoURL'] : null;
      return [{ field: `${at}.helm.valueFiles[${index}]`, entry, path: posix.normalize(path), url }];
    });
  });
}
