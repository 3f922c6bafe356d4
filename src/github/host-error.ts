/** GitHub refused, or did not answer. `transient`: the same call may work later. The message has no token in it. */
export class HostError extends Error {
  readonly status: number | null;
  readonly transient: boolean;
  /** GitHub's own words; null where there was no answer. */
  readonly said: string | null;

  constructor(
    message: string,
    options: {
      readonly status: number | null;
      readonly transient: boolean;
      readonly said?: string;
      readonly cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HostError';
    this.status = options.status;
    this.transient = options.transient;
    this.said = options.said ?? null;
  }
}

/** GitHub wants to be left alone for longer than anybody should wait. Others are not concerned: limits are per installation. */
export class LimitedError extends HostError {
  /** Milliseconds since the epoch, by our clock. */
  readonly until: number;

  constructor(until: number, said: string | null) {
    const time = new Date(until).toISOString().slice(11, 19);
    super(`GitHub's rate limit lets nothing through before ${time} UTC${said === null ? '' : `: ${said}`}`, {
      status: 429,
      transient: true,
      ...(said === null ? {} : { said }),
    });
    this.name = 'LimitedError';
    this.until = until;
  }
}
