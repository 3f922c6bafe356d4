import type { LogCause } from '../../facts/log/words.ts';
import type { CauseSpec } from '../causes.ts';

const SAID = { fix: 'none', outcome: 'declined, naming the line' } as const;
/** Where the words name exactly what a commit changed, that goes back; what else was changed since the last Ready template, as a draft. */
const UNDONE = {
  fix: 'propose',
  terms: { settable: { to: 'text' } },
  outcome: 'what the last commit changed goes back, for a person to merge; else declined',
} as const;
const BACK = {
  fix: 'draft',
  outcome: 'back to the last Ready template as a draft; else declined',
} as const;

/** What a program's log says, the most telling first. */
export const LOG_CAUSES = {
  'exec-format': {
    means: 'the file is not for the architecture of the node: `exec format error`',
    ...UNDONE,
    phase: 'startup',
  },
  'command-not-found': {
    means: 'a shell or init program does not find the command; exit code 127',
    ...UNDONE,
    phase: 'startup',
  },
  'not-executable': { means: 'the command cannot be executed; exit code 126', ...UNDONE, phase: 'startup' },
  'address-in-use': { means: 'another process listens on the port already', ...UNDONE },
  'unknown-flag': { means: 'the program does not know an argument', ...UNDONE, phase: 'startup' },
  'missing-argument': { means: 'the program asks for an argument', ...UNDONE, phase: 'startup' },
  'invalid-value': {
    means: 'an argument or variable has a value that it does not take',
    ...UNDONE,
    phase: 'startup',
  },
  'missing-variable': {
    means: 'an environment variable or setting is missing',
    ...UNDONE,
    outcome: 'the variable or key that a commit removed is restored, for a person to merge; else declined',
    phase: 'configuration',
  },
  'heap-exhausted': { means: 'the heap of the runtime (JVM, V8, .NET, Python) is full', ...SAID },
  'too-many-connections': { means: 'the database or its pool has no connection left', ...SAID },
  'database-read-only': { means: 'the database accepts no writes', ...SAID },
  'read-only-file-system': { means: 'it writes to a read-only file system', ...BACK },
  'too-many-open-files': { means: 'a limit of open files or file watchers is reached', ...SAID },
  'no-space-left': { means: 'a volume or disk is full', ...SAID },
  'api-forbidden': { means: 'its service account may not do what it asks of the API server', ...SAID },
  'authentication-failed': { means: 'user or password is refused', ...UNDONE },
  'certificate-invalid': { means: 'a certificate is expired or not trusted', ...SAID },
  'migration-failed': { means: 'the migrations of its database failed or are due', ...SAID },
  'missing-relation': { means: 'a table or database does not exist', ...UNDONE },
  'network-policy': { means: 'a NetworkPolicy keeps it from what it connects to', ...SAID },
  'name-not-resolved': { means: 'a host name has no address', ...UNDONE },
  'connection-refused': { means: 'nothing accepts connections at an address', ...UNDONE },
  'connection-timeout': { means: 'an address does not answer', ...UNDONE },
  'missing-module': { means: 'a module, class or library is not in the image', ...UNDONE },
  'missing-file': { means: 'a file does not exist', ...UNDONE },
  'permission-denied': { means: 'a file or port is not permitted to it', ...UNDONE },
  'config-invalid': { means: 'its configuration cannot be read', ...BACK },
  'leadership-lost': {
    means: 'it lost its leader election, as controllers do when the API server is slow',
    ...SAID,
  },
  panic: { means: 'the program panics, or an exception ends it', ...BACK },
} as const satisfies Readonly<Record<LogCause | 'network-policy', CauseSpec>>;

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

/** What an exit code tells where the log does not. */
export const EXIT_CAUSES = {
  completed: { means: 'exit code 0: the program ends without an error, although it is to run on', ...BACK },
  aborted: { means: 'exit code 134: the program aborts (SIGABRT)', ...BACK },
  killed: { means: 'exit code 137: something kills it (SIGKILL), and nothing says for its memory', ...PLAIN },
  'segmentation-fault': { means: 'exit code 139: it touches memory that is not its own (SIGSEGV)', ...BACK },
  terminated: { means: 'exit code 143: something tells it to end (SIGTERM)', ...PLAIN },
  'program-error': { means: 'any other exit code', ...BACK },
} as const satisfies Readonly<Record<string, CauseSpec>>;

export type CrashCause = keyof typeof LOG_CAUSES | keyof typeof EXIT_CAUSES;

/** What the cluster says of a program's words. */
export const OWN_CAUSES = {
  'service-variable': {
    means:
      'it reads a setting from a variable that the kubelet makes for a Service: `RELAY_PORT=tcp://10.43.7.5:8080`',
    fix: 'draft',
    outcome: 'a draft that sets `enableServiceLinks: false`',
    phase: 'configuration',
  },
} as const satisfies Readonly<Record<string, CauseSpec>>;
