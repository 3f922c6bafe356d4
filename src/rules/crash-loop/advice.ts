import { ownText, prose, type Prose } from '../../untrusted/prose.ts';

/** What a person can do about a complaint: what to change, with the name that the words give. */
export function adviceOn(cause: string, about: string | null, container: string): readonly Prose[] {
  const known = ADVICE[cause];
  if (known) return [known];
  const what = about === null ? ownText('it') : prose`${about}`;
  switch (cause) {
    case 'unknown-flag':
      return [
        prose`Remove ${what}, write it as this version of the program does, or use the image that knows it.`,
      ];
    case 'missing-argument':
      return [prose`Give ${what} in args of container ${container}.`];
    case 'invalid-value':
      return [prose`Give ${what} a value that the program takes.`];
    case 'command-not-found':
      return [prose`Correct ${what} in command or args, or use an image that contains it.`];
    case 'not-executable':
      return [prose`Make ${what} executable in the image, or name the program that runs it.`];
    case 'missing-file':
      return [prose`Put ${what} into the image or mount it, or correct the path where it is set.`];
    case 'permission-denied':
      return [
        prose`Let the user of the container use ${what}: runAsUser and fsGroup decide for files, a port below 1024 needs NET_BIND_SERVICE.`,
      ];
    case 'read-only-file-system':
      return [
        prose`Mount a volume at ${what} (an emptyDir for scratch files), or let the program write elsewhere.`,
      ];
    case 'config-invalid':
      return [
        prose`Correct ${about === null ? ownText('the configuration') : prose`${about}`}: the message says what the program does not accept.`,
      ];
    default:
      return [];
  }
}

const ADVICE: Readonly<Record<string, Prose>> = {
  'too-many-connections': prose`List who holds the connections on the database, then lower the pools of its clients or raise its limit: a restart of this workload frees only its own.`,
  'database-read-only': prose`Find out why the database takes no writes (a replica, a failover, a full disk, a setting), or send writes to the primary.`,
  'authentication-failed': prose`Compare the user and password that the program reads with those that the server has: one of them was changed alone.`,
  'certificate-invalid': prose`Renew the certificate, or let the program trust the authority that signed it.`,
  'missing-module': prose`Build the image with what is missing, or go back to the last image that was Ready.`,
  'missing-relation': prose`Run the migrations that create it, or correct its name.`,
  'migration-failed': prose`Finish or repair the migration in the database before the next start: each start tries it again.`,
  'heap-exhausted': prose`Raise the heap of the runtime, or find what fills it.`,
  'no-space-left': prose`Free space on the volume, or enlarge it.`,
  'too-many-open-files': prose`Raise the limit on the node (fs.inotify.max_user_watches and max_user_instances, or nofile), or let the program watch and open less.`,
  'api-forbidden': prose`Whoever may grant it decides whether this service account gets the role that the message names.`,
  'leadership-lost': prose`Find out why the API server or etcd was slow at that time; the program ends on purpose and starts again.`,
};
