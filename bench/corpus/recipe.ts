import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import type { Output, PlainTools } from './plain-tools.ts';
import { isMapping, type Value } from './rendered.ts';
import type { RepositoryCopy } from './repository-copy.ts';
import { substituted } from './substituted.ts';

export type Mapping = Readonly<Record<string, Value>>;

/** How a root is built with the plain tools. Two roots with the same recipe build to the same text while their files are the same. */
export type Recipe =
  | { readonly kind: 'plain'; readonly files: readonly string[] }
  | {
      readonly kind: 'kustomize';
      readonly path: string;
      /** Manifests of a folder that has no kustomization, and bases below it. */
      readonly resources?: readonly string[];
      /** Fields of a kustomization around the folder. */
      readonly around?: Mapping;
      /** Values of `${name}` in the output; none are filled in where it is not there. */
      readonly variables?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'helm';
      readonly path: string;
      readonly release: { readonly name: string; readonly namespace: string };
      readonly values: readonly ValuesLayer[];
      /** The chart's values.yaml does not count. */
      readonly withoutOwnValues?: boolean;
      /** Fields of a kustomization around what the chart makes. */
      readonly around?: readonly Mapping[];
    }
  | { readonly kind: 'several'; readonly parts: readonly Recipe[] };

/** One layer of a release's values; later ones win. */
export type ValuesLayer =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inline'; readonly values: Mapping }
  | { readonly kind: 'set'; readonly name: string; readonly value: string; readonly asString: boolean };

/** YAML text of all that a root applies, or why it does not build offline. */
export async function built(copy: RepositoryCopy, tools: PlainTools, recipe: Recipe): Promise<Output> {
  switch (recipe.kind) {
    case 'plain':
      return { kind: 'text', text: recipe.files.map((file) => copy.read(file)).join('\n---\n') };
    case 'kustomize':
      return kustomized(copy, tools, recipe);
    case 'helm':
      return templated(copy, tools, recipe);
    case 'several': {
      const texts: string[] = [];
      for (const part of recipe.parts) {
        const output = await built(copy, tools, part);
        if (output.kind === 'failed') return output;
        texts.push(output.text);
      }
      return { kind: 'text', text: texts.join('\n---\n') };
    }
  }
}

type Kustomized = Extract<Recipe, { kind: 'kustomize' }>;
type Templated = Extract<Recipe, { kind: 'helm' }>;

async function kustomized(copy: RepositoryCopy, tools: PlainTools, recipe: Kustomized): Promise<Output> {
  const { path, resources, around, variables } = recipe;
  const isBare = resources === undefined && around === undefined;
  const output = isBare
    ? await tools.build(join(copy.path, path))
    : await inFolder(copy.path, async (folder) => {
        const to = (file: string): string => relative(folder, join(copy.path, file));
        const named = (resources ?? [path]).map(to);
        const components = around?.['components'];
        const moved = Array.isArray(components)
          ? { components: components.map((one) => to(join(path, String(one)))) }
          : {};
        return aroundIt(tools, folder, { ...around, ...moved, resources: named });
      });
  if (output.kind === 'failed' || variables === undefined) return output;
  const text = substituted(output.text, variables);
  return text === null
    ? { kind: 'failed', reason: 'variables in a form that is not read here' }
    : { kind: 'text', text };
}

async function templated(copy: RepositoryCopy, tools: PlainTools, recipe: Templated): Promise<Output> {
  return inFolder(tmpdir(), async (folder) => {
    const chart = placed(copy, recipe, folder);
    const args = recipe.values.flatMap((layer, index) => {
      if (layer.kind === 'file') return ['--values', join(copy.path, layer.path)];
      if (layer.kind === 'set')
        return [layer.asString ? '--set-string' : '--set', `${layer.name}=${layer.value}`];
      const file = join(folder, `values-${index}.yaml`);
      writeFileSync(file, JSON.stringify(layer.values));
      return ['--values', file];
    });
    let output = await tools.template(chart, recipe.release, args);
    for (const [index, fields] of (recipe.around ?? []).entries()) {
      if (output.kind === 'failed') return output;
      const layer = join(folder, `around-${index}`);
      mkdirSync(layer);
      writeFileSync(join(layer, 'rendered.yaml'), output.text);
      output = await aroundIt(tools, layer, { ...fields, resources: ['rendered.yaml'] });
    }
    return output;
  });
}

/** The chart's folder; a copy of it where dependencies have to be put into it, or its values taken out. */
function placed(copy: RepositoryCopy, { path, withoutOwnValues }: Templated, folder: string): string {
  const named = dependenciesOf(copy, path);
  const own = join(copy.path, path);
  if (named.length === 0 && withoutOwnValues !== true) return own;
  const chart = join(folder, 'chart', basename(own));
  cpSync(own, chart, { recursive: true, dereference: true });
  if (withoutOwnValues === true) writeFileSync(join(chart, 'values.yaml'), '');
  for (const { from } of named) {
    const to = join(chart, 'charts', basename(from));
    if (!existsSync(to)) cpSync(join(copy.path, from), to, { recursive: true, dereference: true });
  }
  return chart;
}

/** Charts of the repository that a chart names as `file://`. */
export function dependenciesOf(copy: RepositoryCopy, path: string): readonly { readonly from: string }[] {
  return [...copy.read(join(path, 'Chart.yaml')).matchAll(/repository:\s*["']?file:\/\/([^\s"']+)/g)]
    .map(([, reference]) => ({ from: join(path, reference!).replace(/\/$/, '') }))
    .filter(({ from }) => existsSync(join(copy.path, from)));
}

function aroundIt(tools: PlainTools, folder: string, fields: Mapping): Promise<Output> {
  writeFileSync(
    join(folder, 'kustomization.yaml'),
    JSON.stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields }),
  );
  return tools.build(folder);
}

async function inFolder<T>(parent: string, act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, '.corpus-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A mapping in YAML, or an empty one. */
export function mappingOf(value: Value | undefined): Mapping {
  return isMapping(value) ? value : {};
}

export function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}
