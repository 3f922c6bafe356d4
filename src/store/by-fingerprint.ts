/** Records by each fingerprint that they are about, those of one in their order. */
export function byFingerprint<T extends { readonly fingerprints: readonly string[] }>(
  records: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const record of records)
    for (const fingerprint of record.fingerprints) {
      const own = found.get(fingerprint);
      if (own) own.push(record);
      else found.set(fingerprint, [record]);
    }
  return found;
}
