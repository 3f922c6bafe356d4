export interface Limits {
  readonly seconds: number;
  /** Bytes of standard output; more stops the tool. */
  readonly output: number;
  /** Bytes of address space. Where the system cannot limit it (macOS), time alone does. */
  readonly memory: number;
}

export type RunResult =
  | { readonly ok: true; readonly stdout: string }
  | {
      readonly ok: false;
      readonly message: string;
      /** The limit or budget that ended it; left out where the tool itself refused, which is another thing. */
      readonly stopped?: string;
    };
