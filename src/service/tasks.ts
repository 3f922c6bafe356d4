import type { Edit } from '../chatops/tick.ts';
import type { Task } from '../queue/queue.ts';
import type { Whose } from '../queue/turns.ts';
import type { UnansweredComment } from '../store/records.ts';

/** Everything that `faultline serve` does, by task, with the payload of each. */
export interface ServeTasks {
  /** Lists where the App is installed, and serves these repositories and no others. */
  readonly installations: null;
  /** Reads a cluster, for every repository that is deployed there. */
  readonly watch: { readonly cluster: string };
  /** Reads a cluster that an alert is about, and looks up what it names. */
  readonly alert: { readonly cluster: string };
  /** Reads a cluster that says that it has changed. */
  readonly reread: { readonly cluster: string };
  /** Diagnoses what the clusters of a repository show, and brings GitHub in line with it. */
  readonly reconcile: { readonly repository: string };
  /** Opens pull requests that GitHub's limits did not let the last scan open. */
  readonly open: { readonly repository: string };
  /** Answers a comment, which is read again. */
  readonly comment: UnansweredComment;
  /** Carries out the boxes that people ticked in a description. */
  readonly boxes: { readonly repository: string; readonly thread: number; readonly edit: Edit | null };
  /** Reports in a check what a pull request does to the configuration. */
  readonly check: ConfigurationCheck;
  /** Says in a check what a pull request, or the branch of a merge group, would deploy, and what would fail of it. */
  readonly guard: { readonly repository: string; readonly subject: number | string };
  /** Greets a repository. */
  readonly greet: { readonly repository: string };
  /** Asks GitHub what webhooks would have told of a repository. */
  readonly poll: { readonly repository: string };
  /** Asks GitHub once more for webhooks that did not arrive. */
  readonly deliveries: null;
  /** Removes mirrors until the others fit into their budget. */
  readonly mirrors: null;
  /** Forgets what is over. */
  readonly retain: null;
  /** Notes messages for what happened; with a route, sends those that are due there. */
  readonly notify: { readonly route: string | null };
}

export interface ConfigurationCheck {
  readonly repository: string;
  /** Commit. */
  readonly head: string;
  /** Of the pull request; null for every open one with this head. */
  readonly number: number | null;
  /** Tells one press of "Re-run" from another; null where nobody pressed. */
  readonly again: string | null;
}

type ServeTask = { [Name in keyof ServeTasks]: Task<ServeTasks, Name> }[keyof ServeTasks];

export function installationsTask() {
  return {
    name: 'installations',
    key: 'installations',
    queue: 'installations',
    payload: null,
  } as const satisfies ServeTask;
}

export function watchTask(cluster: string) {
  const key = `watch ${cluster}`;
  return { name: 'watch', key, queue: key, payload: { cluster } } as const satisfies ServeTask;
}

export function rereadTask(cluster: string) {
  const { queue, payload } = watchTask(cluster);
  return { name: 'reread', key: `reread ${cluster}`, queue, payload } as const satisfies ServeTask;
}

/** One for all alerts that wait: they are looked up in one reading. */
export function alertTask(cluster: string) {
  const { queue, payload } = watchTask(cluster);
  return { name: 'alert', key: `alert ${cluster}`, queue, payload } as const satisfies ServeTask;
}

export function deliveriesTask() {
  return {
    name: 'deliveries',
    key: 'deliveries',
    queue: 'deliveries',
    payload: null,
  } as const satisfies ServeTask;
}

export function mirrorsTask() {
  return { name: 'mirrors', key: 'mirrors', queue: 'mirrors', payload: null } as const satisfies ServeTask;
}

export function retainTask() {
  return { name: 'retain', key: 'retain', queue: 'retain', payload: null } as const satisfies ServeTask;
}

/** Each route in a queue of its own: a service that is slow holds up nothing else. */
export function notifyTask(route: string | null) {
  const key = route === null ? 'notify' : `notify ${route}`;
  return { name: 'notify', key, queue: key, payload: { route } } as const satisfies ServeTask;
}

export function reconcileTask(repository: string) {
  return { name: 'reconcile', ...ofRepository('reconcile', repository) } as const satisfies ServeTask;
}

export function openTask(repository: string) {
  return { name: 'open', ...ofRepository('open', repository) } as const satisfies ServeTask;
}

export function greetTask(repository: string) {
  return { name: 'greet', ...ofRepository('greet', repository) } as const satisfies ServeTask;
}

/** In a queue of its own: it changes nothing in the repository, and what it finds are tasks. */
export function pollTask(repository: string) {
  const task = ofRepository('poll', repository);
  return { name: 'poll', ...task, queue: task.key } as const satisfies ServeTask;
}

/** @param comment without its words, which are read again: they may have changed by then */
export function commentTask(comment: UnansweredComment) {
  const { repository, kind, id } = comment;
  const name = repository.toLowerCase();
  const key = `comment ${name} ${kind} ${id}`;
  return { name: 'comment', key, queue: name, payload: comment } as const satisfies ServeTask;
}

/** @param edit what a webhook tells of it, in the delivery `id`; null where only the outcome is seen */
export function boxesTask(repository: string, thread: number, edit: Edit | null, id = 'poll') {
  const name = repository.toLowerCase();
  const key = `boxes ${name}#${thread} ${id}`;
  const payload = { repository, thread, edit };
  return { name: 'boxes', key, queue: name, payload } as const satisfies ServeTask;
}

/** Like polling, it holds up nothing else in the repository. */
export function checkTask(check: ConfigurationCheck) {
  const { repository, head } = check;
  const key = `check ${repository.toLowerCase()} ${head}`;
  return { name: 'check', key, queue: key, payload: check } as const satisfies ServeTask;
}

/** Pull requests of a repository one after the other, beside everything else: nothing but their checks is written. */
export function guardTask(repository: string, subject: number | string) {
  const name = repository.toLowerCase();
  return {
    name: 'guard',
    key: typeof subject === 'number' ? `guard ${name}#${subject}` : `guard ${name} ${subject}`,
    queue: `guard ${name}`,
    payload: { repository, subject },
  } as const satisfies ServeTask;
}

function ofRepository(what: string, repository: string) {
  const name = repository.toLowerCase();
  return { key: `${what} ${name}`, queue: name, payload: { repository } };
}

/** Tasks of an organisation or person take turns with those of others, and within it those of its repositories; null for what serves all. */
export function whoseIs({ payload }: Task<ServeTasks>): Whose | null {
  if (payload === null || !('repository' in payload)) return null;
  const part = payload.repository.toLowerCase();
  return { group: part.split('/')[0]!, part };
}
