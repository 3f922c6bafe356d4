/** The clause of an API server's message that says what is wrong, without what wraps it. */
export function clauseOf(message: string): string {
  const clause =
    /is (?:invalid|forbidden): (.+)$/s.exec(message)?.[1] ??
    /(admission webhook .+)$/s.exec(message)?.[1] ??
    /cannot be handled as an? \w+: (.+)$/s.exec(message)?.[1] ??
    /(\.(?:spec|metadata|data)\S*: (?:field not declared|expected|duplicate).+)$/s.exec(message)?.[1] ??
    message;
  return clause.replace(/\s+/g, ' ').slice(0, 240).trim();
}
