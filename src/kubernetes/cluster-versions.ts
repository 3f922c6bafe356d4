/** What a cluster runs and serves: charts ask for both. */
export interface ClusterVersions {
  /** `v1.30.2`, without what a vendor adds; null where it is not known. */
  readonly kubernetes: string | null;
  /** `apps/v1` and `apps/v1/Deployment`, sorted; what is not among them may still be served. */
  readonly api: readonly string[];
  /** The API server was asked: it serves no group and version that is not among `api`. Left out where that is not known. */
  readonly isWhole?: true;
}

export const UNKNOWN_VERSIONS: ClusterVersions = { kubernetes: null, api: [] };

/** `v1.30.2` of `v1.30.2-eks-1552ad0` or `1.30.2+k3s1`; null for what is no version, such as the `v0.0.0` of an unmarked build. */
export function kubernetesVersion(text: unknown): string | null {
  const numbers =
    typeof text === 'string' ? /^v?([1-9]\d{0,4}\.\d{1,5}(?:\.\d{1,5})?)(?![\d.])/.exec(text) : null;
  return numbers ? `v${numbers[1]!}` : null;
}

/** The form of a group and version, with or without a kind. */
export function isApiVersion(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z0-9][a-zA-Z0-9./-]{0,249}$/.test(text);
}

/** Each once, in one order, so that the same cluster always asks for the same render. */
export function sortedApiVersions(versions: Iterable<string>): readonly string[] {
  return [...new Set([...versions].filter(isApiVersion))].sort();
}

/** The later of two versions. */
export function laterVersion(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  const [numbersA, numbersB] = [a, b].map((one) => one.slice(1).split('.').map(Number)) as [
    number[],
    number[],
  ];
  for (const [index, number] of numbersA.entries()) {
    const other = numbersB[index] ?? 0;
    if (number !== other) return number > other ? a : b;
  }
  return b;
}
