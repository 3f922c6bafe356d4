import { printFieldPath, type ConcretePath } from '../kubernetes/field-path.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { Origin } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { overlayKey } from '../tree/tree.ts';
import type { Site } from '../model/site.ts';
import type { DesiredField } from './desired-fields.ts';

/**
 * Edits of shared lines that were accepted in one diagnosis. Hundreds of workloads can fail by one line; the first of them pays
 * for the search among other candidates, and the others take the same edit where it does for them what they want.
 */
export class AcceptedEdits {
  readonly #known = new WeakMap<Revision, Set<string>>();
  readonly #sites = new WeakMap<Revision, Set<string>>();
  readonly #counts = new Map<string, number>();

  /** @param desired of every object that is located in this diagnosis */
  constructor(desired: readonly DesiredField[]) {
    for (const field of desired)
      this.#counts.set(valuesOf(field), (this.#counts.get(valuesOf(field)) ?? 0) + 1);
  }

  /** True when another field is to change from the same value to the same one. */
  isOneOfMany(desired: DesiredField): boolean {
    return (this.#counts.get(valuesOf(desired)) ?? 0) > 1;
  }

  /** Of places in one document, the one at which an edit to this value was accepted. */
  placeAmong<P extends ConcretePath>(
    revision: Revision,
    origin: Pick<Origin, 'file' | 'document'>,
    places: readonly P[],
    after: Scalar,
  ): P | undefined {
    const sites = this.#sites.get(revision);
    return places.find((place) => sites?.has(siteKey({ ...origin, path: printFieldPath(place) }, after)));
  }

  has(revision: Revision, files: ReadonlyMap<string, Buffer>): boolean {
    return this.#known.get(revision)?.has(overlayKey(files)) ?? false;
  }

  add(revision: Revision, site: SiteName, after: Scalar, files: ReadonlyMap<string, Buffer>): void {
    const sites = this.#sites.get(revision) ?? new Set();
    this.#sites.set(revision, sites.add(siteKey(site, after)));
    const known = this.#known.get(revision) ?? new Set();
    this.#known.set(revision, known.add(overlayKey(files)));
  }
}

type SiteName = Pick<Site, 'file' | 'document' | 'path'>;

function siteKey({ file, document, path }: SiteName, after: Scalar): string {
  return JSON.stringify([file, document, path, after]);
}

function valuesOf({ field, after }: DesiredField): string {
  return JSON.stringify([field.path.at(-1), field.value, after]);
}
