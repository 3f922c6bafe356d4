/** What GitHub requires without naming a check: workflows by their file, and tools whose alerts are counted. */
const WORKFLOW = 'workflow ';
const SCANNING = 'code scanning by ';

export function workflowCheck(path: string): string {
  return `${WORKFLOW}${path}`;
}

export function scanningCheck(tool: string): string {
  return `${SCANNING}${tool}`;
}

/**
 * Whether one of the required checks has passed. A workflow's check runs have the names of its jobs, which nothing ties to its file:
 * any check that has passed stands for it, since GitHub itself waits for the workflow.
 */
export function hasPassed(required: readonly string[], conclusions: ReadonlyMap<string, string>): boolean {
  const isNamed = (name: string): boolean => !name.startsWith(WORKFLOW) && !name.startsWith(SCANNING);
  if (required.some((name) => isNamed(name) && conclusions.get(name) === 'success')) return true;
  return required.some((name) => !isNamed(name)) && [...conclusions.values()].includes('success');
}
