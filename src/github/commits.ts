import { type Context, firstPages, PAGE } from './context.ts';
import { orNull } from './errors.ts';
import { HostError } from './host-error.ts';
import { MOST_COMMITS, type Host, type HostCommit, type NewCommit, type ParentTree } from './host.ts';

type Commits = Pick<Host, 'commitsBetween' | 'file' | 'commit'>;

interface TreeItem {
  readonly mode: string;
  readonly sha: string;
}

const FOLDER = '040000';
const FILE_MODES = ['100644', '100755'] as const;
type FileMode = (typeof FILE_MODES)[number];

export function commitsOf(context: Context): Commits {
  return {
    commitsBetween: (base, head) => commitsBetween(context, base, head),
    file: (path, ref = context.defaultBranch) => file(context, path, ref),
    commit: (made) => context.calls.locked(() => commit(context, made)),
  };
}

async function commitsBetween(
  { rest, calls, at }: Context,
  base: string,
  head: string,
): Promise<readonly HostCommit[] | null> {
  const basehead = `${base}...${head}`;
  const page = (number: number) =>
    calls.read(() =>
      rest.repos.compareCommitsWithBasehead({ ...at, basehead, per_page: PAGE, page: number }),
    );
  const found = await orNull(
    firstPages(async (number) => (await page(number)).commits, Math.ceil(MOST_COMMITS / PAGE)),
  );
  if (!found?.isWhole) return null;
  return found.items.map(({ sha, author, committer }) => ({
    sha,
    author: author?.login ?? null,
    committer: committer?.login ?? null,
  }));
}

async function file(context: Context, path: string, ref: string): Promise<string | null> {
  const { rest, calls, at } = context;
  const found = await orNull(calls.read(() => rest.repos.getContent({ ...at, path, ref })));
  if (found === null || Array.isArray(found) || found.type !== 'file') return null;
  // Contents of more than a megabyte are left out.
  const isWhole = found.encoding === 'base64';
  const content = isWhole ? Buffer.from(found.content, 'base64') : await blobOf(context, found.sha);
  return content.toString('utf8');
}

/** One call each for the tree and the commit, and one more for each file that is no text. */
async function commit(context: Context, { parent, message, files, parentTree }: NewCommit): Promise<string> {
  const { rest, calls, at } = context;
  const paths = [...files.keys()];
  const base = parentTree ?? (await parentTreeOf(context, parent, paths));
  const entries: NewEntry[] = paths.map((path) => ({ path, mode: modeOf(path, base.modes), type: 'blob' }));
  for (const entry of entries) {
    const content = files.get(entry.path)!;
    if (isText(content)) entry.content = content.toString('utf8');
    else entry.sha = await blobWith(context, content);
  }
  const written = await calls.write(() => rest.git.createTree({ ...at, base_tree: base.id, tree: entries }));
  // Without author and committer GitHub signs it. One whose answer was lost stays on no branch, so it may be made again.
  const commit = await calls.write(() =>
    rest.git.createCommit({ ...at, message, tree: written.sha, parents: [parent] }),
  );
  return commit.sha;
}

/** As the call that makes a tree takes it: with its content, or with the blob that has it. */
interface NewEntry {
  readonly path: string;
  readonly mode: FileMode;
  readonly type: 'blob';
  content?: string;
  sha?: string;
}

/** Whether JSON carries it byte for byte. */
function isText(content: Buffer): boolean {
  return !content.includes(0) && Buffer.from(content.toString('utf8')).equals(content);
}

async function blobWith({ rest, calls, at }: Context, content: Buffer): Promise<string> {
  const text = { content: content.toString('base64'), encoding: 'base64' };
  return (await calls.write(() => rest.git.createBlob({ ...at, ...text }))).sha;
}

async function parentTreeOf(context: Context, parent: string, paths: readonly string[]): Promise<ParentTree> {
  const { rest, calls, at } = context;
  const { tree } = await calls.read(() => rest.git.getCommit({ ...at, commit_sha: parent }));
  const items = await itemsAt(context, tree.sha, paths);
  return { id: tree.sha, modes: new Map([...items].map(([path, { mode }]) => [path, mode])) };
}

/** What is at the paths and at the folders above them, by path. */
async function itemsAt(
  { rest, calls, at }: Context,
  tree: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, TreeItem>> {
  const whole = await calls.read(() => rest.git.getTree({ ...at, tree_sha: tree, recursive: '1' }));
  if (!whole.truncated) return byPath(whole.tree, '');
  // Too much for one answer: only the folders on the way.
  const items = new Map<string, TreeItem>();
  const read = async (folder: string, sha: string): Promise<void> => {
    const { tree: found } = await calls.read(() => rest.git.getTree({ ...at, tree_sha: sha }));
    for (const [path, item] of byPath(found, folder === '' ? '' : `${folder}/`)) items.set(path, item);
  };
  await read('', tree);
  const folders = [...new Set(paths.flatMap((path) => foldersAbove(path)))];
  for (const folder of folders.sort((one, other) => one.length - other.length)) {
    const item = items.get(folder);
    if (item?.mode === FOLDER) await read(folder, item.sha);
  }
  return items;
}

async function blobOf({ rest, calls, at }: Context, sha: string): Promise<Buffer> {
  const blob = await calls.read(() => rest.git.getBlob({ ...at, file_sha: sha }));
  return Buffer.from(blob.content, blob.encoding === 'base64' ? 'base64' : 'utf8');
}

function byPath(
  tree: readonly { readonly path?: string; readonly mode?: string; readonly sha?: string | null }[],
  prefix: string,
): ReadonlyMap<string, TreeItem> {
  return new Map(tree.map(({ path = '', mode = '', sha }) => [prefix + path, { mode, sha: sha ?? '' }]));
}

function foldersAbove(path: string): readonly string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_segment, index) => segments.slice(0, index + 1).join('/'));
}

/** The mode that a file keeps. Symlinks and submodules are written to neither themselves nor through. */
function modeOf(path: string, modes: ParentTree['modes']): FileMode {
  const isPlain = path
    .split('/')
    .every((segment) => !['', '.', '..', '.git'].includes(segment.toLowerCase()));
  const blocked = foldersAbove(path).find((folder) => (modes.get(folder) ?? FOLDER) !== FOLDER);
  const mode = FILE_MODES.find((known) => known === (modes.get(path) ?? '100644'));
  if (isPlain && blocked === undefined && mode !== undefined) return mode;
  const reason = !isPlain
    ? 'is not a path'
    : `${blocked ?? 'it'} is not a ${blocked === undefined ? 'regular file' : 'folder'}`;
  throw new HostError(`${path} cannot be written: ${reason}`, { status: null, transient: false });
}
