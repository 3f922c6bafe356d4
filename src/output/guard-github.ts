import type { GuardFinding, GuardReport } from '../model/guard-report.ts';
import { plainText } from '../untrusted/prose.ts';

/**
 * Findings as workflow commands, which GitHub Actions turns into annotations, one a line.
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function guardCommands({ findings }: Pick<GuardReport, 'findings'>): string {
  return findings.map((finding) => `${commandOf(finding)}\n`).join('');
}

function commandOf({ level, rule, cause, because, site, suggestion }: GuardFinding): string {
  const hint = suggestion?.line ? `\nSuggested: ${suggestion.line.trim()}` : '';
  const properties = {
    ...(site && { file: site.file, line: String(site.line) }),
    ...(site && site.column !== null && { col: String(site.column) }),
    title: `Faultline: ${rule}/${cause}`,
  };
  const given = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${level} ${given.join(',')}::${text(`${plainText(because)}${hint}`)}`;
}

/** A message ends with its line. */
function text(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(value: string): string {
  return text(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
