import { matchesAny } from '../config/glob.ts';
import type { Config, GuardMode } from '../config/schema.ts';
import type { GuardFinding, GuardReport } from '../model/guard-report.ts';

/** What the configuration has the guard do with what is wrong in a file, or in a root. */
export function guardModeFor({ guard }: Pick<Config, 'guard'>, path: string): GuardMode {
  const isMeant = (pattern: string): boolean =>
    matchesAny([pattern, `${pattern.replace(/\/$/, '')}/*`], path);
  return guard.rules.find(({ paths }) => paths.some(isMeant))?.mode ?? guard.mode;
}

/** True where no path can have anything else. */
export function isGuardOff({ guard }: Pick<Config, 'guard'>): boolean {
  return guard.mode === 'off' && guard.rules.every(({ mode }) => mode === 'off');
}

/** The report without what the configuration switches off. */
export function withinPolicy(report: GuardReport, config: Pick<Config, 'guard'>): GuardReport {
  return { ...report, findings: report.findings.filter((one) => modeOf(one, config) !== 'off') };
}

/** What a check run says: a failure only where the configuration asks for one. */
export function checkConclusion(
  { findings }: Pick<GuardReport, 'findings'>,
  config: Pick<Config, 'guard'>,
): 'success' | 'neutral' | 'failure' {
  if (findings.some((one) => one.level === 'error' && modeOf(one, config) === 'fail')) return 'failure';
  return findings.length > 0 ? 'neutral' : 'success';
}

function modeOf({ site, roots }: GuardFinding, config: Pick<Config, 'guard'>): GuardMode {
  return guardModeFor(config, site?.file ?? roots[0] ?? '.');
}
