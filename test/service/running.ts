import type { Serving } from '../../src/service/serving.ts';
import { madeService, type MadeService } from './made-service.ts';
import { servingOn } from './on-stand-in.ts';

export interface Running extends MadeService {
  readonly serving: Serving;
  /** What was logged as a warning by the tasks. */
  readonly warnings: { readonly message: string; readonly facts: Readonly<Record<string, unknown>> }[];
  /** One scan as `serve` begins it: what GitHub lists, then every cluster. */
  scan(): Promise<void>;
}

/** What `serve` runs beside the service; its clock is moved by hand. */
export async function running(files: Readonly<Record<string, string>> = {}): Promise<Running> {
  const made = await madeService(files);
  const { github, service, store } = made;
  const warnings: Running['warnings'] = [];
  const silent = (): void => {};
  const serving = servingOn(github, service, {
    store,
    log: {
      debug: silent,
      info: silent,
      warn: (facts, message) =>
        void warnings.push({ message, facts: facts as Readonly<Record<string, unknown>> }),
      error: silent,
    },
  });
  service.queue.start(serving.tasks());
  const scan = async (): Promise<void> => {
    github.clock.advance(61_000);
    await serving.list();
    await service.scanAll();
  };
  return { ...made, serving, warnings, scan };
}
