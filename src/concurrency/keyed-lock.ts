/** Lets actions with the same key run one after the other, in the order in which they came; a failure does not stop those behind it. */
export type KeyedLock = <T>(key: string, action: () => Promise<T>) => Promise<T>;

export function keyedLock(): KeyedLock {
  const last = new Map<string, Promise<unknown>>();
  return (key, action) => {
    const run = (last.get(key) ?? Promise.resolve()).then(action, action);
    const done = run.then(
      () => {},
      () => {},
    );
    last.set(key, done);
    void done.then(() => {
      if (last.get(key) === done) last.delete(key);
    });
    return run;
  };
}
