/** Work did not end in time. It goes on; nobody waits for it any more. */
export class OutOfTime extends Error {
  constructor(what: string, milliseconds: number) {
    super(`${what} took longer than ${Math.round(milliseconds / 1000)} s`);
    this.name = 'OutOfTime';
  }
}

/** Waits for work no longer than this. @throws {OutOfTime} and whatever the work throws in time */
export async function withinTime<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OutOfTime(what, milliseconds)), milliseconds);
  });
  // Whoever started it reports its later result.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}
