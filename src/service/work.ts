import type { Queue } from '../queue/queue.ts';
import type { AlertIntake } from './alert-intake.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { Service } from './service.ts';
import type { ShownService } from './status/shown-service.ts';
import type { ServeTasks } from './tasks.ts';

/** What `faultline serve` does under one version of the settings: all of it in one process, or what this one of several replicas holds. */
export interface Work {
  /** What webhooks are handed on to, and the status page shows. */
  readonly service: Pick<Service, 'serves' | 'hear' | 'guardLater'> & ShownService;
  readonly queue: Pick<Queue<ServeTasks>, 'add'>;
  readonly alerts: Pick<AlertIntake, 'take'>;
  readonly alertSettings: AlertSettings | null;
  /**
   * Lists where the App is installed. Called once before the start, so that a webhook that comes then finds its repository.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  list(): Promise<void>;
  start(): Promise<void>;
  /** Resolves when the tasks that are under way have ended. */
  stop(): Promise<void>;
}
