import { InputError } from '../errors/input-error.ts';

/** What one repository may cost in one scan, or one check of a pull request. What exceeds it is named, and everything else goes on. */
export interface Budgets {
  /** Seconds that renderers run, all renders together. */
  readonly renderSeconds: number;
  /** Renders that are started: a process or two each. */
  readonly renders: number;
  /** Mebibytes of files that one root may read. */
  readonly inputPerRoot: number;
  /** Mebibytes that one root may render to. */
  readonly outputPerRoot: number;
  /** Mebibytes that all renders together may print. */
  readonly output: number;
  readonly objectsPerRoot: number;
  /** Roots of one revision. */
  readonly roots: number;
  /** Folders of kustomizations that are followed while the roots are looked for, each as often as another includes it. */
  readonly folders: number;
  /** Manifests of one revision, and the mebibytes that they have together; the largest are left out first. */
  readonly files: number;
  readonly input: number;
}

/** Ten times what 10,000 manifests in 300 roots, or 2,000 ordinary kustomizations, need (docs/rendering.md#limits). */
export const DEFAULT_BUDGETS: Budgets = {
  renderSeconds: 3600,
  renders: 30_000,
  inputPerRoot: 64,
  outputPerRoot: 64,
  output: 4096,
  objectsPerRoot: 20_000,
  roots: 10_000,
  folders: 200_000,
  files: 200_000,
  input: 256,
};

export type BudgetName = keyof Budgets;

/** The variable that raises or lowers budgets: `renderSeconds=7200,roots=20000`. */
export const BUDGETS_VARIABLE = 'FAULTLINE_BUDGETS';

/** @throws InputError for a name that is no budget, or a value that is no positive number */
export function budgetsIn(env: NodeJS.ProcessEnv, usual: Budgets = DEFAULT_BUDGETS): Budgets {
  const pairs = (env[BUDGETS_VARIABLE] ?? '').split(',').filter((pair) => pair.trim() !== '');
  const set = pairs.map((pair) => {
    const [name, value] = pair.split('=').map((part) => part.trim());
    const number = Number(value);
    if (
      name === undefined ||
      !Object.hasOwn(DEFAULT_BUDGETS, name) ||
      !(number > 0) ||
      !Number.isFinite(number)
    )
      throw new InputError(
        `${BUDGETS_VARIABLE}: ${JSON.stringify(pair)} is not one of ${Object.keys(DEFAULT_BUDGETS).join(', ')} with a number above 0, such as roots=20000`,
      );
    return [name, number] as const;
  });
  return { ...usual, ...Object.fromEntries(set) };
}

/** Thrown where going on would exceed a budget, or did. */
export class BudgetExceeded extends Error {
  readonly budget: BudgetName;

  constructor(budget: BudgetName, message: string) {
    super(message);
    this.name = 'BudgetExceeded';
    this.budget = budget;
  }
}

export interface Exceeded {
  /** The root that did not get what it asked for. */
  readonly root: string;
  readonly message: string;
}

/** What one repository has spent in the scan or check that is going on. */
export class Budget {
  readonly limits: Budgets;
  readonly #now: () => number;
  readonly #exceeded = new Map<string, Exceeded>();
  #seconds = 0;
  #renders = 0;
  #bytes = 0;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(limits: Budgets = DEFAULT_BUDGETS, now: () => number = () => performance.now()) {
    this.limits = limits;
    this.#now = now;
  }

  /** Another scan begins. */
  renew(): void {
    [this.#seconds, this.#renders, this.#bytes] = [0, 0, 0];
    this.#exceeded.clear();
  }

  /** Runs one render if the budget allows it, and counts it. @throws BudgetExceeded */
  async spend<T>(render: () => Promise<T>): Promise<T> {
    this.#admit('renderSeconds', this.#seconds, 's of rendering');
    this.#admit('renders', this.#renders, 'renders');
    this.#renders += 1;
    const started = this.#now();
    try {
      return await render();
    } finally {
      this.#seconds += (this.#now() - started) / 1000;
    }
  }

  /** Counts what a render has printed, or a cache has kept of one. @param bytes @throws BudgetExceeded */
  receive(bytes: number): void {
    if (bytes > this.limits.outputPerRoot * MIB)
      throw this.exceeds('outputPerRoot', `renders to ${mib(bytes)}`, 'MiB');
    this.#admit('output', this.#bytes / MIB, 'MiB of rendered output');
    this.#bytes += bytes;
  }

  /** The error that says what was found, what the budget is and where it is raised. */
  exceeds(budget: BudgetName, what: string, unit = ''): BudgetExceeded {
    const most = `${this.limits[budget]}${unit === '' ? '' : ` ${unit}`}`;
    return new BudgetExceeded(
      budget,
      `${what}, more than the budget of ${most} (${BUDGETS_VARIABLE}: ${budget})`,
    );
  }

  /** Remembers which root went without. */
  note(root: string, message: string): void {
    this.#exceeded.set(JSON.stringify([root, message]), { root, message });
  }

  get exceeded(): readonly Exceeded[] {
    return [...this.#exceeded.values()];
  }

  #admit(budget: BudgetName, spent: number, what: string): void {
    if (spent < this.limits[budget]) return;
    throw new BudgetExceeded(
      budget,
      `was not rendered: the budget of ${this.limits[budget]} ${what} is used up (${BUDGETS_VARIABLE}: ${budget})`,
    );
  }
}

const MIB = 2 ** 20;

/** `64.5 MiB` */
export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
