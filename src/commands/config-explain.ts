import { failures } from '../config/failures.ts';
import { ceilingIn } from '../config/ceiling.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Config, Place } from '../config/schema.ts';
import { explain } from '../decisions/explained.ts';
import { MODE_ANNOTATION, type ModeAnnotations } from '../decisions/policy.ts';
import { InputError } from '../errors/input-error.ts';
import { nearestOf } from '../errors/nearest.ts';
import type { Repository } from '../git/repository.ts';
import { siteOfField } from '../locate/site-of-field.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { explainedJson, explainedText } from '../output/explained.ts';
import { openRenderers } from '../renderers/open-renderers.ts';
import { isAmong } from '../service/served.ts';
import { loadSettings, type Settings } from '../service/settings.ts';
import { mappedReleases } from '../sources/mapping.ts';
import { Revision } from '../sources/revision.ts';
import { repositoryNamed } from './named-repository.ts';
import { openCluster } from './open-cluster.ts';
import { organisationIn } from './organisation.ts';
import { parseObject } from './named-object.ts';
import { parseTime } from './parse-time.ts';

export interface ConfigExplainOptions {
  readonly repo: string;
  readonly namespace?: string;
  readonly cluster?: string;
  readonly failure?: string;
  readonly orgDefaults?: string;
  readonly settings?: string;
  readonly snapshot?: string;
  readonly context?: string;
  readonly now?: string;
  readonly output: 'text' | 'json';
}

interface Annotated {
  readonly values: ModeAnnotations;
  readonly places: Readonly<Partial<Record<'workload' | 'namespace', Place>>>;
  readonly notes: readonly string[];
}

/** `faultline config explain`: which mode and limits apply to an object, and which line of which file decides each. */
export async function configExplainCommand(text: string, options: ConfigExplainOptions): Promise<void> {
  const { kind, name } = parseObject(text, '<kind/name>');
  const { namespace, failure = null } = options;
  if (failure !== null) checkFailure(failure);
  const settings = options.settings === undefined ? null : await loadSettings(options.settings, process.env);
  const repository = await repositoryNamed(options.repo);
  const tree = await repository.workTree();
  const organisation = await organisationIn(options.orgDefaults, repository.remote);
  const ceiling = ceilingHere(settings, repository);
  const { config, errors } = await loadConfig(tree, { organisation, ceiling });
  const isLive = options.snapshot !== undefined || options.context !== undefined;
  const cluster = isLive ? await (await openCluster(options)).read() : null;
  const object = { apiVersion: '', kind, namespace: namespace ?? null, name };
  const renderers = openRenderers(config.charts.pull);
  const revision = await Revision.of(tree, renderers, repository.remote, mappedReleases(config, repository));
  const annotated = await annotations(object, revision, cluster);
  const now = options.now === undefined ? (cluster?.now ?? Date.now()) : parseTime('--now', options.now);
  const explained = explain({
    object,
    clusters: clustersFor(options, settings, config, repository, cluster),
    failure,
    config,
    configErrors: errors,
    annotations: annotated.values,
    now,
  });
  const notes = [...annotated.notes, ...unknownNotes(options, settings, config)];
  const answer = { ...explained, annotations: annotated.places, notes };
  process.stdout.write(
    options.output === 'json' ? `${JSON.stringify(explainedJson(answer), null, 2)}\n` : explainedText(answer),
  );
}

function checkFailure(failure: string): void {
  const known = failures.map(({ id }) => id);
  if (known.includes(failure)) return;
  throw new InputError(`--failure ${failure}: no rule has this id${nearestOf(failure, known)}`);
}

function ceilingHere(settings: Settings | null, { remote }: Repository): Settings['ceiling'] {
  if (settings === null) return [];
  return remote === null ? settings.ceiling : ceilingIn(settings.ceiling, remote.slug);
}

/** The one that is named; else those that deploy the repository, as far as something names them. */
function clustersFor(
  options: ConfigExplainOptions,
  settings: Settings | null,
  config: Config,
  { remote }: Repository,
  cluster: ClusterState | null,
): readonly (string | null)[] {
  if (options.cluster !== undefined) return [options.cluster];
  if (cluster !== null) return [cluster.name];
  const slug = remote?.slug.toLowerCase() ?? null;
  const deploying = (settings?.clusters ?? [])
    .filter(({ repositories }) => slug === null || isAmong(repositories, slug))
    .map(({ name }) => name);
  const named = [...new Set([...deploying, ...Object.keys(config.clusters)])];
  return named.length > 0 ? named : [null];
}

interface Named {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

/** As the cluster has them, where one is given; else as git renders them. The line is git's, where it says the same. */
async function annotations(
  object: Named,
  revision: Revision,
  cluster: ClusterState | null,
): Promise<Annotated> {
  const namespace: Named | null =
    object.namespace === null ? null : { kind: 'Namespace', namespace: null, name: object.namespace };
  const [workload, around] = [
    await annotationOf(object, revision, cluster),
    namespace && (await annotationOf(namespace, revision, cluster)),
  ];
  return {
    values: { workload: workload.value, namespace: around?.value },
    places: {
      ...(workload.place && { workload: workload.place }),
      ...(around?.place && { namespace: around.place }),
    },
    notes: workload.note === null ? [] : [workload.note],
  };
}

async function annotationOf(
  object: Named,
  revision: Revision,
  cluster: ClusterState | null,
): Promise<{
  readonly value: string | undefined;
  readonly place: Place | null;
  readonly note: string | null;
}> {
  const { kind, name } = object;
  const wanted = { kind, name, namespace: object.namespace ?? undefined };
  const field = `metadata.annotations["${MODE_ANNOTATION}"]`;
  const found = await siteOfField(revision, { wanted, live: null, roots: null }, field);
  const written = found.kind === 'site' ? String(found.before) : undefined;
  const value =
    cluster === null
      ? written
      : cluster.get(object.kind, object.namespace, object.name)?.metadata.annotations?.[MODE_ANNOTATION];
  const place =
    found.kind === 'site' && value === written
      ? { file: found.site.file, line: found.site.line, column: found.site.column, path: found.site.path }
      : null;
  const isUnknown = cluster === null && found.kind === 'declined' && found.code !== 'field-not-found';
  return { value, place, note: isUnknown ? `whether it is annotated is not known: ${found.reason}` : null };
}

function unknownNotes(
  { settings, orgDefaults, cluster }: ConfigExplainOptions,
  loaded: Settings | null,
  config: Config,
): readonly string[] {
  const known = [
    ...new Set([...(loaded?.clusters ?? []).map(({ name }) => name), ...Object.keys(config.clusters)]),
  ];
  const isNamed = cluster === undefined || known.length === 0 || known.includes(cluster);
  const isByCluster = config.policy.rules.some(({ clusters }) => clusters !== undefined);
  return [
    ...(isNamed
      ? []
      : [`neither the settings nor the mapping name a cluster ${cluster}${nearestOf(cluster, known)}`]),
    ...(settings === undefined
      ? ['the ceiling in the settings of the service is not known: --settings <file> gives it']
      : []),
    ...(orgDefaults === undefined
      ? ["the organisation's defaults are not known: --org-defaults <file or folder> gives them"]
      : []),
    ...(isByCluster ? ['some rules are about clusters: --cluster <name> asks about another one'] : []),
  ];
}
