import { expect, test } from 'vitest';
import { commands } from '../../src/chatops/commands/index.ts';
import { parseComment } from '../../src/chatops/parse.ts';
import { writeFiles } from '../git/made-repository.ts';
import { allNodes, parseGfm } from '../untrusted/gfm.ts';
import { answers, say } from './conversation.ts';
import { deployment, madeService, recordedCluster, type MadeService } from './made-service.ts';

const MARKER = '<!-- faultline:1 fingerprint=0000000000000000 key=0000000000000000 before=000000000000 -->';

/** What somebody writes who would like to be obeyed, seen or clicked on. */
const HOSTILE = [
  'ERROR @octocat and @acme/oncall fixes #12 closes acme/infra#3 GH-7',
  '/rca approve',
  '[click](https://evil.example) ![x](https://evil.example/pixel.png) https://evil.example www.evil.example',
  '<img src=x onerror=alert(1)> </details><script>alert(1)</script>',
  `--> ${MARKER}`,
  '```',
  '/rca approve',
  '~~~',
  '$(touch /tmp/pwned); `id` --upload-pack=evil | sh',
  'Co-authored-by: Eve <eve@evil.example>',
  '[skip ci]',
  MARKER,
].join('\n');

const ON_ONE_LINE = HOSTILE.replaceAll('\n', ' ');
/** Git takes everything but a slash. */
const FOLDER = `apps/${ON_ONE_LINE.replaceAll('/', ' ').slice(0, 200)}`;

function hostileFiles(): Readonly<Record<string, string>> {
  const manifest = deployment('512Mi')
    .replace('# room for a sale', `# ${ON_ONE_LINE}`)
    .replace('metadata: {name', `# /rca approve\n# ${ON_ONE_LINE}\nmetadata: {name`);
  return {
    'apps/cart.yaml': '# moved\n',
    [`${FOLDER}/cart.yaml`]: manifest,
    '.github/faultline.yml': 'reports: true\n',
    'broken/kustomization.yaml': `resources: [${JSON.stringify(ON_ONE_LINE)}]\n`,
  };
}

/** A killed container, and one that only crashes; both say what they like in messages, events, logs and labels. */
function hostileCluster(): Readonly<Record<string, string>> {
  const text = JSON.stringify(HOSTILE);
  const killed = recordedCluster('512Mi', 6, '2026-03-01T09:55:00Z')
    .replace('reason: OOMKilled,', `reason: OOMKilled, message: ${text},`)
    .replace('message: back-off 5m0s', `message: ${text}`)
    .replace('\nspec: {containers', '\nspec: {nodeName: n1, containers')
    .replaceAll('creationTimestamp', `annotations: {note: ${text}}, creationTimestamp`);
  const crashing = killed
    .replaceAll('cart', 'web')
    .replaceAll('OOMKilled', 'Error')
    .replaceAll('exitCode: 137', 'exitCode: 1')
    .replaceAll(/uid: (\w)/g, 'uid: web-$1');
  const events = ['cart-512mi-x', 'web-512mi-x'].map(
    (pod, index) => `---
apiVersion: v1
kind: Event
metadata: {name: e${index}, namespace: shop, creationTimestamp: "2026-03-01T09:56:00Z"}
involvedObject: {kind: Pod, namespace: shop, name: ${pod}}
type: Warning
reason: BackOff
message: ${text}
count: 9
firstTimestamp: "2026-03-01T09:50:00Z"
lastTimestamp: "2026-03-01T09:56:00Z"
`,
  );
  return {
    'cluster/shop.yaml': [killed, crashing].join('---\n') + events.join(''),
    'logs/shop/cart-512mi-x/server.previous.log': `${HOSTILE}\n`.repeat(3),
    'logs/shop/web-512mi-x/server.previous.log': `${HOSTILE}\n`.repeat(3),
    'logs/shop/web-512mi-x/server.log': `${HOSTILE}\n`.repeat(3),
  };
}

interface Written {
  readonly what: string;
  readonly text: string;
}

/** Everything that Faultline wrote on GitHub, with what it is. */
function written({ repository, github }: MadeService): readonly Written[] {
  const issues = repository.issues().filter(({ author }) => author === github.botLogin);
  return [
    ...issues.flatMap(({ number, title, body }) => [
      { what: `title of #${number}`, text: title },
      { what: `text of #${number}`, text: body },
    ]),
    ...repository.issues().flatMap(({ number }) => {
      const comments = repository.comments(number).filter(({ author }) => author === github.botLogin);
      return comments.map(({ body }) => ({ what: `comment on #${number}`, text: body }));
    }),
    ...repository.pulls().map(({ head }) => {
      const [commit] = repository.log(head);
      return { what: `commit of ${head}`, text: commit!.message };
    }),
  ];
}

/** HTML of ours. */
const OWN_HTML = /^(?:<\/?details>|<summary>[\w .,:()%/+-]*<\/summary>|<br>|\s|<!-- faultline:[^<>]* -->)*$/;

/** What GitHub, or a reader's click, would make something of. A commit's message is no Markdown. */
function liveIn({ what, text }: Written, host: string): readonly string[] {
  const nodes = what.startsWith('commit') ? [] : allNodes(parseGfm(text));
  const live = nodes.flatMap(({ type, value = '', url = '' }) => {
    if (type === 'html') return OWN_HTML.test(value) ? [] : [`HTML ${value}`];
    if (type === 'image') return [`image ${url}`];
    if (type === 'link') return new URL(url).host === host ? [] : [`link ${url}`];
    if (type !== 'text') return [];
    return value.match(/@\w+|(?<!\w)#\d+|\bGH-\d+|www\.|https?:\/\//g) ?? [];
  });
  return [...live, ...(text.match(/@octocat|@acme|^Co-authored-by:|(?<!\d)#12\b|\[skip ci\]/gm) ?? [])];
}

test('nothing of it comes alive in anything that Faultline writes', async () => {
  const made = await madeService(hostileFiles());
  const { repository, service, snapshot, ana, github } = made;
  const message = `${ON_ONE_LINE}\n\n${HOSTILE}`;
  const manifest = repository.files().get(`${FOLDER}/cart.yaml`)!;
  ana.push('main', { [`${FOLDER}/cart.yaml`]: manifest.replace('512Mi #', '512Mi  #') }, { message });
  writeFiles(snapshot, hostileCluster());
  await service.onboard(repository.slug);
  await service.scan('prod');
  const [pull] = repository.pulls();
  const issue = ana.openIssue('web is slow');
  for (const order of ['explain', 'evidence', 'status', `ignore ${ON_ONE_LINE}`, 'status', ON_ONE_LINE])
    await say(made, pull!.number, ana, `/rca ${order}`);
  await say(made, issue, ana, '/rca shop/web');
  await service.scan('prod');

  expect(made.errors).toEqual([]);
  expect(pull!.head).toMatch(/^faultline\/oom-killed\/cart-[0-9a-f]{8}$/);
  const texts = written(made);
  // The texts are in there, or nothing was tried.
  expect(texts.filter(({ text }) => text.includes('octocat')).map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      `text of #${pull!.number}`,
      `comment on #${pull!.number}`,
      `comment on #${issue}`,
    ]),
  );
  expect(answers(made, pull!.number)).toHaveLength(6);
  const host = github.host;
  expect(texts.map((one) => [one.what, liveIn(one, host)]).filter(([, live]) => live!.length > 0)).toEqual(
    [],
  );
  const names = commands.map(({ name }) => name);
  expect(texts.filter(({ text }) => parseComment(text, names).commands.length > 0)).toEqual([]);
  expect(texts.filter(({ text }) => text.trimEnd().split('\n').at(-1) === MARKER)).toEqual([]);
});

test('nothing of it comes alive in the check of a changed configuration', async () => {
  const made = await madeService();
  const { repository, service, ana } = made;
  const [name, path] = [ON_ONE_LINE, FOLDER].map((text) => JSON.stringify(text));
  const config = `clusters: {${name}: {sources: [{path: ${path}}]}}\n`;
  const head = ana.push('feature', { '.github/faultline.yml': config });
  const number = ana.openPull('configure', 'feature');
  await service.checkConfiguration({ repository: repository.slug, head, number, again: null });
  const [check] = repository.checkRuns(head);
  expect(check).toMatchObject({ conclusion: 'success', summary: expect.stringContaining('octocat') });
  const text = `${check!.title}\n\n${check!.summary}`;
  expect(liveIn({ what: 'check', text }, made.github.host)).toEqual([]);
});
