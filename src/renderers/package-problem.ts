import yaml from 'js-yaml';
import { isRecord, recordsOf } from '../kubernetes/objects.ts';
import { openChartArchive } from './chart-archive.ts';
import { digestOf } from './kept-charts.ts';
import { isAliasBomb, KUBECTL_SCHEMA } from './manifests.ts';

/** Characters of a repository's index; the largest public one has about 20 million. */
const LARGEST_INDEX = 64_000_000;

/**
 * Why a package is not the one that was asked for; null where nothing speaks against it. The clause follows the chart's name.
 *
 * @param index the repository's `index.yaml`, which may say the digest of each package; null for registries, where the manifest
 *   says it and helm compares
 */
export function packageProblem(
  bytes: Buffer,
  { name, version }: { readonly name: string; readonly version: string },
  index: string | null,
): string | null {
  const archive = openChartArchive(bytes);
  const described = archive && archive.tree.read(`${archive.closure.root}/Chart.yaml`);
  const chart = described ? recordIn(String(described)) : null;
  if (!archive || !chart) return 'whose package is not a chart';
  const packed = { name: String(chart['name'] ?? ''), version: String(chart['version'] ?? '') };
  if (index !== null && packed.name !== name) return `whose package holds the chart ${packed.name}`;
  if (isExact(version) && plain(packed.version) !== plain(version))
    return `whose package holds version ${packed.version}`;
  if (index === null) return null;
  const digest = digestOf(bytes);
  const said = digestIn(index, packed, digest);
  return said === null || said === digest
    ? null
    : `whose package has the digest sha256:${digest}, and the index of its repository says sha256:${said}`;
}

/** A range may mean another version tomorrow, and a digest is none. */
export function isExact(version: string): boolean {
  return /^v?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version);
}

/** A tag of a registry has `_` where a version has `+`. */
function plain(version: string): string {
  return version.replace(/^v/, '').replaceAll('_', '+');
}

/** The digest that an index has for a version; null where it has none. */
function digestIn(
  index: string,
  { name, version }: { name: string; version: string },
  own: string,
): string | null {
  if (new RegExp(`digest: *["']?(sha256:)?${own}\\b`).test(index)) return own;
  const entries = recordIn(index)?.['entries'];
  const versions = isRecord(entries) ? recordsOf(entries[name]) : [];
  const entry = versions.find((one) => String(one['version']) === version);
  const digest = entry?.['digest'];
  return typeof digest === 'string' && digest !== '' ? digest.replace(/^sha256:/, '') : null;
}

function recordIn(text: string): Readonly<Record<string, unknown>> | null {
  if (text.length > LARGEST_INDEX || isAliasBomb(text)) return null;
  try {
    const value: unknown = yaml.load(text, { schema: KUBECTL_SCHEMA, json: true });
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
