import { CONFIG_FILE } from '../config/defaults.ts';
import { parseConfig } from '../config/load.ts';
import { inline } from '../untrusted/markdown.ts';
import { untrusted } from '../untrusted/prose.ts';
import type { Survey } from './survey.ts';

/** What needs no quotes in a flow mapping. */
const PLAIN_PATH = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/;
const PLAIN_NAME = /^[A-Za-z](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Whether a name comes through the issue as it is: writers take apart what could act there, such as `GH-1`. */
function isPlain(name: string, pattern: RegExp): boolean {
  return pattern.test(name) && inline(untrusted(name)) === `\`${name}\``;
}

/** Longer lists are read in the repository. */
const MOST_SOURCES = 30;

/**
 * A `.github/faultline.yml` to start from: nothing auto-merges, and clusters are named only where the repository does
 * not tell what is deployed to them. `watched` are the names of the clusters that Faultline reads. Where the organisation has defaults, which
 * `defaults` names, it overrides none of them.
 */
export function proposedConfig(survey: Survey, watched: readonly string[], defaults?: string): string {
  const policy = defaults === undefined ? POLICY : followed(defaults);
  const text = `${policy}${clusters(survey, watched)}`;
  return parseConfig(text, CONFIG_FILE).errors.length === 0 ? text : policy;
}

function followed(defaults: string): string {
  const file = /^[\w.:/-]+$/.test(defaults) ? defaults : 'the .github repository of the owner';
  return `# The defaults in ${file} apply. What is set here comes first:
# policy:
#   rules:
#     - { namespaces: [kube-*], mode: monitor }
`;
}

const POLICY = `policy:
  default: { mode: propose }
  rules: # the first that matches applies
    - { namespaces: [kube-*], mode: monitor }
    # Where a merge without a person is fine once the checks have passed:
    # - { namespaces: [staging, dev-*], mode: auto-fix, minConfidence: 0.95 }

limits: { openPullRequests: 10, perHour: 20, memoryFactor: 2 }

# One issue that shows what is open, and why.
dashboard: true

# Days on which nothing auto-merges:
# freeze:
#   - { from: 2026-12-20, to: 2027-01-03, timezone: Europe/Berlin }
`;

/** Sources by environment: under the one watched cluster that is called so, else as a comment to be filled in. */
function clusters({ environments, declared }: Survey, watched: readonly string[]): string {
  const known = new Set(declared);
  const open = environments
    .map(({ name, roots }) => ({
      name,
      cluster: clusterFor(name, watched),
      roots: roots.filter((root) => !known.has(root) && isPlain(root, PLAIN_PATH)).slice(0, MOST_SOURCES),
    }))
    .filter(({ roots }) => roots.length > 0);
  const mapped = open.filter(({ cluster }) => cluster !== null);
  const unmapped = open.filter(({ cluster, name }) => cluster === null && isPlain(name, PLAIN_NAME));
  const parts: string[] = [];
  if (mapped.length > 0) {
    const byCluster = Map.groupBy(mapped, ({ cluster }) => cluster!);
    const entries = [...byCluster].map(([cluster, group]) =>
      entry(
        cluster,
        group.flatMap(({ roots }) => roots),
      ),
    );
    parts.push(
      `\n# Guessed from the names of folders: which of them is deployed where.\nclusters:\n${entries.join('')}`,
    );
  }
  if (unmapped.length > 0) {
    const entries = unmapped.map(({ name, roots }) => entry(`the-${name}-cluster`, roots));
    const lines = `clusters:\n${entries.join('')}`.trimEnd().split('\n');
    parts.push(
      `\n# Which folder is deployed where, by the name of the cluster, as far as no Argo CD or Flux object tells:\n${lines.map((line) => `# ${line}\n`).join('')}`,
    );
  }
  return parts.join('');
}

function entry(cluster: string, roots: readonly string[]): string {
  return `  ${cluster}:\n    sources:\n${roots.map((root) => `      - { path: ${root} }\n`).join('')}`;
}

function clusterFor(environment: string, watched: readonly string[]): string | null {
  const words = environment.toLowerCase().split(/[^a-z0-9]+/);
  const matches = watched.filter((name) => {
    const own = name.toLowerCase().split(/[^a-z0-9]+/);
    return words.every((word) => own.includes(word));
  });
  const [only] = matches;
  return only !== undefined && matches.length === 1 && isPlain(only, PLAIN_NAME) ? only : null;
}
