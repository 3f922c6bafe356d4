export interface Remote {
  /** `acme/infra` */
  readonly slug: string;
  /** `https://github.com/acme/infra` */
  readonly url: string;
  /** All names that it has had, the first one first, where it was renamed or transferred: GitHub still answers to them. */
  readonly formerly?: readonly string[];
}
