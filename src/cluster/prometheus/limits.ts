/** How much is asked of one Prometheus. Times are milliseconds. */
export interface PrometheusLimits {
  /** For a whole answer. */
  readonly timeout: number;
  /** For all that one scan asks, from its first query on. */
  readonly scan: number;
  /** Of one scan. */
  readonly requests: number;
  /** Bytes of one answer, and of all answers of one scan. */
  readonly answerBytes: number;
  readonly scanBytes: number;
  /** At a time. */
  readonly sideBySide: number;
}

export const PROMETHEUS_LIMITS: PrometheusLimits = {
  timeout: 30_000,
  scan: 60_000,
  requests: 500,
  // A week of one series takes about 60 KiB.
  answerBytes: 64 * 2 ** 20,
  scanBytes: 512 * 2 ** 20,
  sideBySide: 4,
};
