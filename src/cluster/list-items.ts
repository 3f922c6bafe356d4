import { isRecord } from '../kubernetes/objects.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Depth of the items: in the array of the object that the list is. */
const OF_ITEMS = 2;

/**
 * Takes the items out of a list of the API while its bytes arrive, so that no more than one of them is held as text and as parsed at a
 * time.
 */
export class ListItems {
  readonly #add: (item: unknown) => void;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  /** The text at depth 1 that ended last: the key of what follows. */
  #key: number[] = [];
  #isInItems = false;
  #hasItems = false;
  #isBroken = false;
  #item: Uint8Array[] = [];
  /** All but the items. */
  readonly #rest: Uint8Array[] = [];

  constructor(add: (item: unknown) => void) {
    this.#add = add;
  }

  take(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length && !this.#isBroken; at += 1) {
      const byte = chunk[at]!;
      if (this.#isInText) {
        this.#inText(byte);
        continue;
      }
      if (byte === QUOTE) {
        this.#isInText = true;
        if (this.#depth === 1) this.#key = [];
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        this.#depth += 1;
        if (byte === OPEN_LIST && this.#depth === OF_ITEMS && this.#isKey('items')) {
          this.#keep(chunk.subarray(from, at + 1));
          from = at + 1;
          this.#isInItems = this.#hasItems = true;
        }
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        if (this.#isInItems && this.#depth === OF_ITEMS) {
          this.#keep(chunk.subarray(from, at));
          from = at;
          this.#isInItems = false;
        }
        this.#depth -= 1;
      } else if (byte === COMMA && this.#isInItems && this.#depth === OF_ITEMS) {
        this.#keep(chunk.subarray(from, at));
        from = at + 1;
      }
    }
    this.#hold(chunk.subarray(from));
  }

  /** The list without its items; null where it was none. */
  end(): Readonly<Record<string, unknown>> | null {
    if (this.#isBroken || !this.#hasItems) return null;
    try {
      const value: unknown = JSON.parse(Buffer.concat(this.#rest).toString('utf8'));
      return isRecord(value) ? value : null;
    } catch {
      return null;
    }
  }

  #inText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInText = false;
    if (this.#isInText && this.#depth === 1 && this.#key.length <= 'items'.length) this.#key.push(byte);
  }

  #isKey(name: string): boolean {
    return this.#key.length === name.length && Buffer.from(this.#key).toString('latin1') === name;
  }

  /** The end of an item, or of what is none. */
  #keep(bytes: Uint8Array): void {
    if (!this.#isInItems) {
      this.#rest.push(Uint8Array.from(bytes));
      return;
    }
    const text = Buffer.concat([...this.#item, bytes]).toString('utf8');
    this.#item = [];
    if (text.trim() === '') return;
    let item: unknown;
    try {
      item = JSON.parse(text);
    } catch {
      this.#isBroken = true;
      return;
    }
    this.#add(item);
  }

  /** What goes on in the next chunk: copied where it is little, so that it does not keep the whole chunk. */
  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    (this.#isInItems ? this.#item : this.#rest).push(Uint8Array.from(bytes));
  }
}
