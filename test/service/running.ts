import { Runner } from '../../src/service/run.ts';
import { madeService, type MadeService } from './made-service.ts';
import { bareSettings, installationsOf } from './on-stand-in.ts';

export interface Running extends MadeService {
  readonly runner: Runner;
  /** What was logged as a warning by the runner. */
  readonly warnings: { readonly message: string; readonly facts: Readonly<Record<string, unknown>> }[];
  /** One scan as the runner's clock begins it: what GitHub lists, then every cluster. */
  scan(): Promise<void>;
}

/** The runner beside the service, whose clock is moved by hand. */
export async function running(files: Readonly<Record<string, string>> = {}): Promise<Running> {
  const made = await madeService(files);
  const { github, service, store } = made;
  const warnings: Running['warnings'] = [];
  const silent = (): void => {};
  const runner = new Runner({
    service,
    installations: installationsOf(github, undefined, store),
    settings: bareSettings,
    store,
    log: {
      debug: silent,
      info: silent,
      warn: (facts, message) =>
        void warnings.push({ message, facts: facts as Readonly<Record<string, unknown>> }),
      error: silent,
    },
    now: () => github.clock.now(),
    sleep: () => new Promise(() => {}),
  });
  const scan = async (): Promise<void> => {
    github.clock.advance(61_000);
    await runner.list();
    await service.scanAll();
  };
  return { ...made, runner, warnings, scan };
}
