import type { TemplateEdit } from './template-past.ts';

/** What a program or a runtime complains of, as far as its words say. */
export interface Complaint {
  readonly cause: string;
  /** A variable, a flag, a command, a path, a user, a port. */
  readonly about: string | null;
  readonly host: string | null;
  readonly port: number | null;
}

/** The fields of a container that a complaint can be about, below the container's own path. */
type Judge = (edit: TemplateEdit, complaint: Complaint, field: string) => boolean;

/**
 * Whether a complaint names exactly what an edit changed: the flag that it brought, the variable that it took away, the command that it
 * wrote, the host or port that it set.
 *
 * @param path of the container: `spec.template.spec.containers[name=web]`
 */
export function isNamed(complaint: Complaint, edit: TemplateEdit, path: string): boolean {
  const own = edit.field.startsWith(`${path}.`) ? edit.field.slice(path.length + 1) : null;
  if (own === null) return complaint.cause === 'name-not-resolved' && DNS.test(edit.field);
  return JUDGES[complaint.cause]?.(edit, complaint, own) === true;
}

/** What decides how names resolve in a pod: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy */
const DNS = /\.spec\.(?:dnsPolicy|dnsConfig\b.*)$/;
const COMMAND = /^(?:command|args)$/;
const SETTING = /^(?:command|args|env\[name=[^\]]+\]\.value)$/;

function brings({ before, after }: TemplateEdit, token: string | null): boolean {
  return token !== null && has(after, token) && !has(before, token);
}

/** As a word of its own: `--rate` is not in `--rate-limit`, `80` not in `8080`. */
function has(value: unknown, token: string): boolean {
  if (Array.isArray(value)) return value.some((one) => has(one, token));
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  const escaped = token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w-]|\\.\\w)`).test(String(value));
}

function ofCommand(edit: TemplateEdit, { about }: Complaint, field: string): boolean {
  return COMMAND.test(field) && brings(edit, about);
}

function ofAddress(edit: TemplateEdit, { host, port }: Complaint, field: string): boolean {
  if (!SETTING.test(field)) return false;
  const isOfHost = host !== null && brings(edit, host);
  return isOfHost || (port !== null && brings(edit, String(port)));
}

function ofVariable({ before, after }: TemplateEdit, { about }: Complaint, field: string): boolean {
  const [, name] = /^env\[name=([^\]]+)\]\.value$/.exec(field) ?? [];
  const isIt = name !== undefined && name.toUpperCase() === about?.toUpperCase();
  return isIt && before !== undefined && (after === undefined || after === '');
}

const JUDGES: Readonly<Record<string, Judge>> = {
  'unknown-flag': ofCommand,
  'command-not-found': ofCommand,
  'not-executable': ofCommand,
  'exec-format': ofCommand,
  'missing-module': ofCommand,
  'missing-file': (edit, complaint, field) => SETTING.test(field) && brings(edit, complaint.about),
  'permission-denied': (edit, { about }, field) =>
    SETTING.test(field) && (brings(edit, about) || brings(edit, /:(\d+)$/.exec(about ?? '')?.[1] ?? null)),
  'invalid-value': ({ before, after }, { about }, field) =>
    about !== null &&
    ((COMMAND.test(field) && has(after, about)) ||
      (field === `env[name=${about}].value` && after !== undefined && before !== undefined)),
  'missing-argument': ({ before, after }, { about }, field) =>
    about !== null &&
    COMMAND.test(field) &&
    [about, `--${about}`].some((flag) => has(before, flag) && !has(after, flag)),
  'no-command': (_edit, _complaint, field) => field === 'command',
  'working-directory': (_edit, _complaint, field) => field === 'workingDir',
  'memory-too-small': (_edit, _complaint, field) => field === 'resources.limits.memory',
  'missing-variable': ofVariable,
  'connection-refused': ofAddress,
  'connection-timeout': ofAddress,
  'name-not-resolved': ofAddress,
  'authentication-failed': (edit, { about }, field) =>
    /^env\[name=[^\]]+\]\.value$/.test(field) && brings(edit, about),
  'missing-relation': (edit, { about }, field) =>
    /^env\[name=[^\]]+\]\.value$/.test(field) && brings(edit, about),
  'address-in-use': (edit, { about }, field) =>
    (SETTING.test(field) || /^ports\[.*\]\.containerPort$/.test(field)) && brings(edit, about),
};
