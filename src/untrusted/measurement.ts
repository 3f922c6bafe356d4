const NUMBERS = /^\d{1,6}(?:\.\d{1,6})?%?(?: (?:%|[A-Za-z]{1,8}))?(?: \d{1,3}(?: [A-Za-z]{1,8})?)?$/;
const TIME =
  /^(?:\d{4}-\d\d-\d\d(?: \d\d:\d\d(?: UTC)?)?|\d\d:\d\d(?: UTC)?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/** Numbers with their units (`92 %`, `3 h 12 min`), and times: text in which nothing can be hidden. */
export function isMeasurement(line: string): boolean {
  return NUMBERS.test(line) || TIME.test(line);
}
