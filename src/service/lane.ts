/** Lets so much work run at the same time, in the order in which it came. */
export class Lane {
  readonly #width: number;
  readonly #patience: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param width how much runs at the same time
   * @param patience milliseconds after which work no longer counts: it goes on, and the next one may begin
   */
  constructor(width: number, patience: number) {
    this.#width = width;
    this.#patience = patience;
  }

  /** @param onLate called when the work takes longer than others should wait for it */
  async run<T>(work: () => Promise<T>, onLate: () => void = () => {}): Promise<T> {
    await this.#turn();
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#running -= 1;
      this.#waiting.shift()?.();
    };
    const timer = setTimeout(() => {
      release();
      onLate();
    }, this.#patience);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }
}
