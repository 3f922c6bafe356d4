/*
 * The forms that names have before they become an argument or a folder. They are Helm's and Kubernetes' own
 * (pkg/chart/v2/util/validate_name.go of Helm; DNS labels and subdomains of Kubernetes).
 */

/** Why a text cannot be the name of a release, or null. */
export function releaseNameProblem(name: string): string | null {
  const isName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(name);
  return isName && name.length <= 53
    ? null
    : `release name ${shown(name)} is not allowed: expected at most 53 lower-case letters, digits, - and .`;
}

/** Why a text cannot be a namespace, or null. */
export function namespaceProblem(name: string): string | null {
  return /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)
    ? null
    : `namespace ${shown(name)} is not allowed: expected at most 63 lower-case letters, digits and -`;
}

/** Why a text cannot be the name of a chart, which is also that of its folder, or null. */
export function chartNameProblem(name: string): string | null {
  const isName = /^[a-zA-Z0-9._][a-zA-Z0-9._-]*$/.test(name) && !/^\.+$/.test(name);
  return isName && name.length <= 250
    ? null
    : `chart name ${shown(name)} is not allowed: expected at most 250 letters, digits, ., _ and -`;
}

/** Why a text cannot be the alias of a dependency, or null. */
export function aliasProblem(name: string): string | null {
  return /^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,249}$/.test(name)
    ? null
    : `alias ${shown(name)} is not allowed: expected letters, digits, _ and -`;
}

/** Why a text cannot be a version in the name of a folder, or null. */
export function versionProblem(version: string): string | null {
  return /^[0-9A-Za-z^~][0-9A-Za-z.+_^~-]{0,249}$/.test(version) && !version.includes('..')
    ? null
    : `chart version ${shown(version)} is not allowed`;
}

/** Why a text cannot be a version of Kubernetes, or null. */
export function kubeVersionProblem(version: string): string | null {
  return /^v?\d{1,9}(?:\.\d{1,9}){0,2}(?:[-+][0-9A-Za-z.+-]{1,100})?$/.test(version)
    ? null
    : `Kubernetes version ${shown(version)} is not allowed`;
}

/** Why a text cannot be an API version (`apps/v1`, `apps/v1/Deployment`), or null. */
export function apiVersionProblem(version: string): string | null {
  return /^[a-zA-Z0-9][a-zA-Z0-9./-]{0,249}$/.test(version)
    ? null
    : `API version ${shown(version)} is not allowed`;
}

/** Short, on one line, and with nothing in it that a terminal obeys. */
function shown(name: string): string {
  const text = JSON.stringify(name).replace(/[^\x20-\x7E]/g, '?');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
