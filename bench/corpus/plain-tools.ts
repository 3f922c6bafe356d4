import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Kustomize and Helm as people call them: no sandbox, no cache, no network. What they refuse is a sentence of theirs. */
export class PlainTools {
  readonly #kustomize: { readonly command: string; readonly args: readonly string[] };
  readonly #helm: string | null;

  constructor(
    kustomize: { readonly command: string; readonly args: readonly string[] },
    helm: { readonly command: string } | null,
  ) {
    this.#kustomize = kustomize;
    this.#helm = helm?.command ?? null;
  }

  /** @param folder absolute */
  build(folder: string): Promise<Output> {
    const charts = this.#helm === null ? [] : ['--enable-helm', '--helm-command', this.#helm];
    return run(
      this.#kustomize.command,
      [...this.#kustomize.args, folder, '--load-restrictor', 'LoadRestrictionsNone', ...charts],
      folder,
    );
  }

  /** `helm template` with further arguments, for the Kubernetes version that nobody named otherwise. */
  async template(
    folder: string,
    { name, namespace }: { readonly name: string; readonly namespace: string },
    args: readonly string[],
  ): Promise<Output> {
    if (this.#helm === null) return { kind: 'failed', reason: 'helm is missing' };
    const always = ['--namespace', namespace, '--kube-version', 'v1.34.0'];
    return run(this.#helm, ['template', name, folder, ...always, ...args], folder);
  }
}

export type Output =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'failed'; readonly reason: string };

const OFFLINE = {
  PATH: '/nonexistent',
  HOME: '/nonexistent',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
};

async function run(command: string, args: readonly string[], cwd: string): Promise<Output> {
  try {
    const options = { cwd, timeout: 60_000, maxBuffer: 2 ** 28, env: OFFLINE };
    const { stdout } = await promisify(execFile)(command, [...args], options);
    return { kind: 'text', text: stdout };
  } catch (error) {
    return { kind: 'failed', reason: String((error as { stderr?: unknown }).stderr ?? error) };
  }
}
