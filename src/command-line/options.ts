import { InvalidArgumentError, Option, type Command } from 'commander';

/** The headings under which a command with many options lists them. */
export const GROUPS = {
  object: 'Object:',
  repository: 'Repository:',
  cluster: 'Cluster:',
  answer: 'Answer:',
} as const;

/** The options that several commands have, so that they are called, explained and checked alike. */
export function repoOption(what = 'infrastructure repository: a git work tree, or a plain folder'): Option {
  return new Option('--repo <path>', what).makeOptionMandatory().helpGroup(GROUPS.repository);
}

export function configOption(whose: string): Option {
  return new Option(
    '--config <file>',
    `configuration, instead of .github/faultline.yml of ${whose}`,
  ).helpGroup(GROUPS.repository);
}

export function orgDefaultsOption(): Option {
  return new Option(
    '--org-defaults <path>',
    "the organisation's defaults: faultline.yml, or a checkout of its .github repository",
  ).helpGroup(GROUPS.repository);
}

/** The settings of `serve`, as far as another command uses them. */
export function settingsOption(what: string): Option {
  return new Option('--settings <file>', `settings file of serve, ${what}`).helpGroup(GROUPS.repository);
}

export function pullChartsOption(): Option {
  return new Option(
    '--pull-charts',
    'download charts from anywhere with helm; otherwise only from where charts.pull allows',
  ).helpGroup(GROUPS.repository);
}

export function askRegistriesOption(): Option {
  return new Option(
    '--ask-registries',
    'ask any image registry which tags it has; otherwise only those that registries.ask allows',
  ).helpGroup(GROUPS.repository);
}

/** Which field of which object is asked about. */
export function addFieldOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--object <kind/name>', 'object as it is rendered: Deployment/cart')
        .makeOptionMandatory()
        .helpGroup(GROUPS.object),
    )
    .addOption(namespaceOption())
    .addOption(
      new Option('--api-version <version>', 'apiVersion of the object, where kinds share a name').helpGroup(
        GROUPS.object,
      ),
    )
    .addOption(
      new Option('--field <path>', 'field: spec.template.spec.containers[name=server].image')
        .makeOptionMandatory()
        .helpGroup(GROUPS.object),
    )
    .addOption(
      new Option(
        '--root <root>',
        'only this root: a folder, or <kind>/<namespace>/<name> of an Application, a Kustomization or a HelmRelease',
      ).helpGroup(GROUPS.object),
    );
}

export function namespaceOption(): Option {
  return new Option('-n, --namespace <namespace>', 'namespace of the object').helpGroup(GROUPS.object);
}

/** The flags that name a cluster. @param use what it is for: `that runs the base` */
export function addClusterOptions(command: Command, use = ''): Command {
  const what = use === '' ? '' : ` ${use}`;
  return command
    .addOption(
      new Option('--snapshot <path>', `recorded cluster${what}: a folder or a file of objects`).helpGroup(
        GROUPS.cluster,
      ),
    )
    .addOption(
      new Option(
        '--context <name>',
        `live cluster${what}: a context of the kubeconfig; Faultline only reads it`,
      ).helpGroup(GROUPS.cluster),
    );
}

export function prometheusOption(): Option {
  return new Option(
    '--prometheus <url>',
    'address of the Prometheus that has the metrics of the live cluster',
  )
    .argParser(url)
    .helpGroup(GROUPS.cluster);
}

export function nowOption(what = 'time at which to read the snapshot'): Option {
  return new Option('--now <time>', `${what}, RFC 3339`).helpGroup(GROUPS.cluster);
}

export function storeOption(): Option {
  return new Option(
    '--store <place>',
    'file or postgres:// address of the store, instead of $FAULTLINE_STORE or the file in the state folder',
  );
}

export function exitCodeOption(when: string): Option {
  return new Option('--exit-code', `exit with 3 when ${when}`).helpGroup(GROUPS.answer);
}

/** How the answer is printed; the first format is the one without the option. */
export function outputOption(formats: readonly [string, ...string[]], what = 'how to print'): Option {
  return new Option('--output <format>', what).choices(formats).default(formats[0]);
}

export function append(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export function seconds(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 3600)) throw new InvalidArgumentError('expected seconds, up to 3600');
  return number;
}

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('expected a port up to 65535');
  return number;
}

export function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1024)
    throw new InvalidArgumentError('expected a number from 1 to 1024');
  return number;
}

export function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('expected http:// or https://');
  return text;
}
