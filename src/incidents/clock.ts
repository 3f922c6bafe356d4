/** How something that was worked out depends on the time. Times are milliseconds since the epoch. */
export class Clock {
  /** It tells the time, so that it says something else at any other. */
  tellsTime = false;
  /** When it may be another one although nothing has changed. */
  until = Number.POSITIVE_INFINITY;

  note(time: number): void {
    if (time < this.until) this.until = time;
  }

  /** Whether what was worked out at one time may be another by now. */
  isOver(at: number, now: number): boolean {
    return now >= this.until || (this.tellsTime && now !== at);
  }
}
