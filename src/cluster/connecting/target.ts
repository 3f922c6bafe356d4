import type { Cluster, User } from '@kubernetes/client-node';

/** One context of a kubeconfig with what it names. Files in it have absolute paths. */
export interface Target {
  readonly context: string;
  readonly namespace: string | null;
  readonly cluster: Cluster;
  /** Nothing of it set where the context names no user. */
  readonly user: TargetUser;
}

export interface TargetUser extends User {
  /** A file with a token; it takes precedence over `token`. */
  readonly tokenFile?: string;
}
