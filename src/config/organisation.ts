/** The name of the repository that holds an organisation's defaults. */
export const CENTRAL_REPOSITORY = '.github';

/** Where the defaults are in it; the first that exists. */
export const CENTRAL_FILES = ['faultline.yml', '.github/faultline.yml'] as const;

/** The owner of a repository, and what Faultline can read of its `.github` repository. */
export interface Organisation {
  /** The login; null where it is not known. */
  readonly owner: string | null;
  /**
   * A file of the `.github` repository; null where there is no such file. Null in place of the function: the repository cannot be read here.
   *
   * @throws what kept it from being read
   */
  readonly file: ((path: string) => Promise<string | null>) | null;
}

/** Nobody's: only the repository itself says something. */
export const NO_ORGANISATION: Organisation = { owner: null, file: null };

/** `acme/.github` of `Acme/.GitHub`: names are the same in any case. Null for any other repository. */
export function ownerOfCentral(repository: string): string | null {
  const [owner, name] = repository.toLowerCase().split('/');
  return name === CENTRAL_REPOSITORY && owner ? owner : null;
}

/** `faultline.yml` of `acme/.github:faultline.yml`; null for a file of the repository itself. */
export function centralPath(file: string): string | null {
  return /^(?:[\w-]+|<owner>)\/\.github:(.+)$/.exec(file)?.[1] ?? null;
}
