import type { GuardFinding, GuardReport } from '../model/guard-report.ts';
import { withoutHidden } from '../untrusted/hidden.ts';
import { hintOf } from './guard-check.ts';
import { messageText } from './guard.ts';

/**
 * Findings as workflow commands, which GitHub Actions turns into annotations, one a line.
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function guardCommands({ findings }: Pick<GuardReport, 'findings'>): string {
  return findings.map((finding) => `${commandOf(finding)}\n`).join('');
}

function commandOf({ level, rule, cause, because, site, suggestion }: GuardFinding): string {
  const hint = suggestion?.line ? `\n${hintOf(suggestion.line)}` : '';
  const properties = {
    ...(site && { file: site.file, line: String(site.line) }),
    ...(site && site.column !== null && { col: String(site.column) }),
    title: `Faultline: ${rule}/${cause}`,
  };
  const given = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${level} ${given.join(',')}::${text(`${messageText(because)}${hint}`)}`;
}

/** A message ends with its line. */
function text(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** What drives a terminal goes, also where a file is called so: it has no annotation then. */
function property(value: string): string {
  return text(withoutHidden(value)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
