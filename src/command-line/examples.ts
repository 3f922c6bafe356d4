/** A call that people make, and what it is for. */
export interface Example {
  readonly what: string;
  readonly call: string;
}

/** By the path of the command. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  diagnose: [
    {
      what: 'What fails in a live cluster, and which line would fix it',
      call: 'faultline diagnose --repo . --context prod-eu',
    },
    {
      what: 'The same for a recorded cluster, for other programs',
      call: 'faultline diagnose --repo . --snapshot recorded/prod --output json',
    },
    {
      what: 'Write each fix into a branch, and fail a pipeline where something is wrong',
      call: 'faultline diagnose --repo . --snapshot recorded/prod --write-branches --exit-code',
    },
  ],
  record: [
    {
      what: 'Record a cluster, to diagnose it elsewhere',
      call: 'faultline record --context prod-eu --out recorded/prod',
    },
  ],
  serve: [{ what: 'Run the GitHub App', call: 'faultline serve --settings /etc/faultline/settings.yml' }],
  renderer: [
    { what: 'Render for a service in another pod', call: 'faultline renderer --host 0.0.0.0 --port 8090' },
  ],
  doctor: [
    {
      what: 'Check the machine and the settings before the first start',
      call: 'faultline doctor --settings faultline-service.yml',
    },
  ],
  notifications: [],
  'notifications test': [
    {
      what: 'Whether Slack, Teams and webhooks take what Faultline sends',
      call: 'faultline notifications test --settings faultline-service.yml',
    },
    {
      what: 'One of them alone',
      call: 'faultline notifications test --settings faultline-service.yml --route oncall',
    },
  ],
  locate: [
    {
      what: 'The line that sets an image',
      call: "faultline locate --repo . --object deploy/cart -n shop --field 'spec.template.spec.containers[name=server].image'",
    },
    {
      what: 'Raise a memory limit in the work tree, proven by a render',
      call: "faultline locate --repo . --object deploy/cart -n shop --field 'spec.template.spec.containers[0].resources.limits.memory' --set 768Mi --write",
    },
  ],
  blame: [
    {
      what: 'Which lines set the replicas, who wrote them, and what they were before',
      call: 'faultline blame --repo . --object deploy/cart -n shop --field spec.replicas',
    },
  ],
  guard: [
    {
      what: 'What would fail of a branch, given the cluster as it is',
      call: 'faultline guard --repo . --base origin/main --context prod-eu',
    },
    {
      what: 'As a step of a workflow',
      call: 'faultline guard --repo . --base origin/main --output github --exit-code',
    },
  ],
  mcp: [
    {
      what: 'As the command of an assistant on this machine',
      call: 'faultline mcp --repo . --snapshot recorded/prod',
    },
  ],
  report: [{ what: 'What Faultline found, proposed and saw merged', call: 'faultline report' }],
  config: [],
  'config explain': [
    {
      what: 'Which mode applies to a workload, and which line decides it',
      call: 'faultline config explain deploy/cart -n shop --repo . --org-defaults ../.github',
    },
  ],
  audit: [],
  'audit verify': [
    {
      what: 'Compare the log with what a pull request states',
      call: 'faultline audit verify --anchor 412:9f86d081884c7d65',
    },
  ],
  'audit export': [
    { what: 'All decisions of this year', call: 'faultline audit export --since 2026-01-01T00:00:00Z' },
  ],
  store: [],
  'store backup': [
    { what: 'Copy the store while serve runs', call: 'faultline store backup /backup/faultline.db' },
  ],
  'store recover': [
    {
      what: 'Accept a store that was copied without its -wal file',
      call: 'faultline store recover --store copied.db',
    },
  ],
  'store migrate': [
    {
      what: 'Move a store into PostgreSQL',
      call: 'faultline store migrate faultline.db --to postgres://faultline@db/faultline',
    },
  ],
  completion: [
    { what: 'Complete in this bash from now on', call: 'source <(faultline completion bash)' },
    { what: 'In every zsh', call: 'faultline completion zsh > "${fpath[1]}/_faultline"' },
    { what: 'In every fish', call: 'faultline completion fish > ~/.config/fish/completions/faultline.fish' },
  ],
};

/** None where a command only groups others. */
export function examplesOf(path: string): readonly Example[] {
  return EXAMPLES[path] ?? [];
}

/** Whether somebody has thought of examples for a command. */
export function hasExamples(path: string): boolean {
  return Object.hasOwn(EXAMPLES, path);
}

/** What follows the options in the help of a command. */
export function exampleLines(path: string): readonly string[] {
  const examples = examplesOf(path);
  if (examples.length === 0) return [];
  return [
    'Examples:',
    ...examples.flatMap(({ what, call }) => [`  ${what}:`, ...callLines(call).map((line) => `    ${line}`)]),
  ];
}

/** Columns of a line of a call. */
const WIDTH = 74;

/** A call in lines that a terminal does not wrap, which a shell reads as one: it goes on with the next option. */
export function callLines(call: string): readonly string[] {
  const lines: string[] = [''];
  for (const part of call.split(/ (?=-)/)) {
    const longer = lines.at(-1) === '' ? part : `${lines.at(-1)} ${part}`;
    if (longer.length <= WIDTH || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(`  ${part}`);
  }
  return lines.map((line, at) => (at === lines.length - 1 ? line : `${line} \\`));
}
