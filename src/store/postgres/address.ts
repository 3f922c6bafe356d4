import { StoreError } from '../store-error.ts';

/** Whether a store is a database, as `postgres://faultline@db.example:5432/faultline`, and not a file. */
export function isPostgresAddress(place: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(place);
}

/** Which database a store is in, as people may see it: without user, password and parameters. Any other place as it is. */
export function shownPlace(place: string): string {
  if (!isPostgresAddress(place)) return place;
  const { host, pathname } = parsed(place);
  return `postgres://${host}${pathname}`;
}

/** @throws {StoreError} `unusable` for what is no address; the message does not repeat it, since it may hold a password */
export function checkAddress(address: string): void {
  parsed(address);
}

function parsed(address: string): URL {
  if (URL.canParse(address)) return new URL(address);
  throw new StoreError(
    'unusable',
    'the address of the PostgreSQL store cannot be read: expected postgres://user:password@host:5432/database, with %40 for @ and ' +
      '%2F for / in the password',
  );
}
