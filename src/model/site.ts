/** The place that controls a field. `line` and `column` count from 1, the column in UTF-16 units. */
export interface Site {
  readonly file: string;
  /** Index of the YAML document in the file, from 0. */
  readonly document: number;
  readonly line: number;
  readonly column: number;
  /** Path of the value inside that document, as `kubectl explain` writes it. */
  readonly path: string;
  readonly renderer: 'plain' | 'kustomize' | 'helm';
  readonly root: string;
  readonly kind: 'replace' | 'add';
  /**
   * Why this is only the likely place, where what makes the object is not in this repository: a clause for people. Left out
   * where a render showed that the place holds the value.
   */
  readonly likely?: string;
}
