/** Things by the time at which they are due. Adding and taking cost the logarithm of how many there are. */
export class Timetable<T> {
  /** A heap: none is earlier than the one at half its place. */
  readonly #items: { readonly at: number; readonly order: number; readonly thing: T }[] = [];
  #order = 0;

  add(at: number, thing: T): void {
    const items = this.#items;
    items.push({ at, order: this.#order++, thing });
    let place = items.length - 1;
    while (place > 0 && this.#isBefore(place, (place - 1) >> 1)) {
      this.#swap(place, (place - 1) >> 1);
      place = (place - 1) >> 1;
    }
  }

  /** The earliest, those of one time in the order in which they were added; null without any. */
  first(): { readonly at: number; readonly thing: T } | null {
    return this.#items[0] ?? null;
  }

  removeFirst(): void {
    const items = this.#items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    items[0] = last;
    for (let place = 0; ;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (left < items.length && this.#isBefore(left, least)) least = left;
      if (right < items.length && this.#isBefore(right, least)) least = right;
      if (least === place) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#items[one]!, this.#items[other]!];
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    [this.#items[one], this.#items[other]] = [this.#items[other]!, this.#items[one]!];
  }
}
