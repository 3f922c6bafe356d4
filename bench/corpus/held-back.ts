import type { Declined } from '../../src/model/declined.ts';
import type { CorpusField } from './fields.ts';
import type { Task } from './judge.ts';
import type { Recipe } from './recipe.ts';
import type { RepositoryCopy } from './repository-copy.ts';
import type { BuiltRoot, World } from './world.ts';

/**
 * True for a refusal that no better answer exists for:
 *
 * - a protected file, or another writer's line;
 * - what a template of a chart says literally for all of its releases, or says nothing of: no value of one of them could change it;
 * - a value that another object gives to the very same object, where the asked one has no manifest of its own.
 */
export function isHeldBack(copy: RepositoryCopy, world: World, task: Task, refusal: Declined): boolean {
  const { root } = task.built;
  if (refusal.code === 'protected-file' || refusal.code === 'other-writer') return true;
  if (root.kind !== 'helm' || !['shared-site', 'not-exact'].includes(refusal.code)) return false;
  const releases = [...world.built.values()].filter(
    (one) => one.root.kind === 'helm' && one.root.path === root.path,
  );
  return (
    isLiteral(copy, world, refusal, task) ||
    (releases.length > 1 &&
      (isUnwritten(copy, task) ||
        (hasNoManifest(copy, root.id, root.files) && isInstalledTwice(releases, task))))
  );
}

/** In a template of a chart that is installed more than once, by itself or as a part of other charts. */
function isLiteral(copy: RepositoryCopy, world: World, { candidates }: Declined, { field }: Task): boolean {
  return (
    candidates.length > 0 &&
    candidates.every((candidate) => {
      const [, file, chart = '.', line] =
        /^((?:(.+)\/)?(?:templates\/.+|Chart\.yaml)):(\d+)$/.exec(candidate) ?? [];
      if (file === undefined || (file.endsWith('Chart.yaml') && fallsBack(copy, chart))) return false;
      const releases = [...world.built.values()].filter(
        ({ root }) => root.kind === 'helm' && root.folders.includes(chart),
      );
      const others = world.leftOut.filter(({ path }) => path === chart);
      return (
        releases.length + others.length > 1 &&
        writesChange(copy.read(file).split('\n')[Number(line) - 1]!, field)
      );
    })
  );
}

/** True where templates take the chart's `appVersion` only in place of a value that is not there. */
function fallsBack(copy: RepositoryCopy, chart: string): boolean {
  return copy.files
    .filter((file) => file.startsWith(`${chart === '.' ? '' : `${chart}/`}templates/`))
    .some((file) => /default\s+\$?\.Chart\.AppVersion/.test(copy.read(file)));
}

/** True for a line that says what is to change without an expression, or beside one: `{{ .Release.Name }}-settings`. */
function writesChange(line: string, { before, after }: CorpusField): boolean {
  if (!line.includes('{{')) return true;
  const [first, ...others] = line.split(/\{\{.*?\}\}/);
  const ends = others.map((text) => /^[^\s,}\]"']+/.exec(text)?.[0]);
  const begins = [first!, ...others.slice(0, -1)].map((text) => /[^\s,{["']+$/.exec(text)?.[0]);
  const [was, is] = [String(before), String(after)];
  return (
    ends.some((text) => text !== undefined && was.endsWith(text) && !is.endsWith(text)) ||
    begins.some((text) => text !== undefined && was.startsWith(text) && !is.startsWith(text))
  );
}

/** A template writes the container by its name, and no template speaks of the mapping that the new field stands in. */
function isUnwritten(copy: RepositoryCopy, { built: { root }, thing, field }: Task): boolean {
  if (field.before !== undefined) return false;
  const at = field.path.findLastIndex((step) => typeof step === 'number');
  const key = field.path[at + 1];
  const name = /\[name=([^\]]+)\]/.exec(field.text)?.[1];
  if (at < 0 || typeof key !== 'string' || name === undefined || field.path.length < at + 3) return false;
  const templates = root.files
    .filter((file) => /(^|\/)templates\//.test(file))
    .map((file) => copy.read(file));
  const writes = (text: string): boolean =>
    new RegExp(`^[- ]*name: *["']?${name}["']? *\\r?$`, 'm').test(text);
  return (
    templates.some((text) => writes(text) && text.includes(`kind: ${thing.kind}`)) &&
    !templates.some((text) => text.includes(`${key}:`) || text.includes(`.${key}`))
  );
}

/** An object of another name installs the same, so that one object of the cluster has two owners. */
function isInstalledTwice(releases: readonly BuiltRoot[], { built, thing }: Task): boolean {
  const { root } = built;
  return releases.some(
    (other) =>
      other.root.id !== root.id &&
      other.root.namespace === root.namespace &&
      valuesOf(other.root.recipe) === valuesOf(root.recipe) &&
      other.things.some(
        (one) =>
          one.kind === thing.kind &&
          one.name === thing.name &&
          JSON.stringify(one.value) === JSON.stringify(thing.value),
      ),
  );
}

function valuesOf(recipe: Recipe): string {
  return recipe.kind === 'helm' ? JSON.stringify([recipe.values, recipe.around]) : '';
}

/** Made by a generator: no file writes an object of this name. */
function hasNoManifest(copy: RepositoryCopy, id: string, files: readonly string[]): boolean {
  const [, kind, name] = /^(Application)\/[^/]*\/([a-z0-9.-]+)$/.exec(id) ?? [];
  if (kind === undefined) return false;
  const named = new RegExp(`^kind: ${kind} *\\r?$[^]*?^ +name: *["']?${name}["']? *\\r?$`, 'm');
  return !files.some((file) => named.test(copy.read(file)));
}
