import type { DerivedChange, Change } from '../model/change.ts';
import type { Proof } from '../model/proof.ts';
import type { RenderedObject, RenderFailure } from '../renderers/rendering.ts';
import type { Root } from '../sources/roots.ts';
import type { Comparison } from './compare.ts';
import type { Json } from '../kubernetes/objects.ts';

/** What one set of edits does to everything that reads the touched files. */
export interface Trial {
  readonly comparisons: readonly RootComparison[];
  readonly unrendered: readonly RenderFailure[];
  /** Roots that rendered before the edit and do not after it. */
  readonly broken: readonly { readonly root: Root; readonly failure: RenderFailure }[];
  /**
   * `exact`: the intended fields change, and nothing else anywhere.
   * `shared`: fields of the same name take the same value elsewhere as well: in other containers, objects or roots (see `beside`).
   * `wrong`: an intended field does not become what was wanted, or something different changes too.
   */
  readonly outcome: 'exact' | 'shared' | 'wrong';
  /** Every intended field becomes what was wanted, whatever else changes. */
  readonly isMet: boolean;
  /** A release of the same chart that keeps a value of its own: it is what runs. */
  readonly overriddenIn: string | null;
  /** Changes that were not asked for. */
  readonly beside: readonly Beside[];
  /** Another declaration of the target that keeps its value: whichever of the two is deployed, the edit may not reach it. */
  readonly unreached: Root | null;
  readonly proof: Proof;
  readonly derived: readonly DerivedChange[];
}

export interface Beside {
  readonly root: string;
  readonly change: Change<Json>;
  /** The object only runs when somebody calls `helm test`. */
  readonly isTest: boolean;
  /** The API server refuses it. */
  readonly isRefused: boolean;
  /** What the root renders before the edit. */
  readonly rendered: readonly RenderedObject[];
}

export interface RootComparison {
  readonly root: Root;
  readonly comparison: Comparison;
  /** What the root renders before the edit. */
  readonly before: readonly RenderedObject[];
  /** What it renders with the edit; nothing where it does not render any more. */
  readonly after: readonly RenderedObject[];
  /** The root could not be rendered: the changes are of what it is installed with. */
  readonly isUnseen?: true;
}
