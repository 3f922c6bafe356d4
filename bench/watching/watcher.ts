import { openWatch } from '../../src/cluster/watching/open-watch.ts';
import { kindsRead } from '../../src/incidents/kinds-read.ts';
import { rules } from '../../src/rules/index.ts';

/*
 * The process that bench/watch.ts measures: `node bench/watching/watcher.ts <kubeconfig> <clusters>`. It prints one JSON line a
 * fact.
 */

const [kubeconfig, clusters] = process.argv.slice(2) as [string, string];
const say = (fact: object): void => void process.stdout.write(`${JSON.stringify(fact)}\n`);
const resident = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);

const kinds = kindsRead(rules);
say({ kind: 'started', resident: resident() });
const began = performance.now();
const watches = await Promise.all(
  Array.from({ length: Number(clusters) }, (_, index) =>
    openWatch({ kinds, kubeconfig, name: `cluster-${index}` }),
  ),
);
for (const watch of watches)
  watch.subscribe((changes) => {
    for (const { before, after } of changes) {
      const sent = after?.metadata.annotations?.['bench/sent'];
      if (before !== null && sent !== undefined) say({ kind: 'change', latency: Date.now() - Number(sent) });
    }
  });
const states = await Promise.all(watches.map(({ source }) => source.read()));
const objects = states[0]!.kinds().reduce((sum, kind) => sum + states[0]!.list(kind).length, 0);
say({
  kind: 'listed',
  seconds: (performance.now() - began) / 1000,
  objects,
  problems: watches[0]!.problems(),
});
states.length = 0;
