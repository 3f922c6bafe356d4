/**
 * Rule `node-packet-loss`: packets of a node's network get lost.
 *
 * TCP sends a segment again that nobody confirms. A node that does so many times as often as all others, and as itself before, has a network that
 * loses packets (a full link, a broken card or cable, a traffic rule); pods on it are slow without a fault of their own. node_exporter counts
 * such segments in `node_netstat_Tcp_RetransSegs`.
 */
import { describeDuration, describeTime, MINUTE } from '../kubernetes/durations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { quoted } from '../model/evidence.ts';
import { prose } from '../untrusted/prose.ts';
import { retransmitsOf } from '../witnesses/node-retransmits.ts';
import { chartOf } from '../witnesses/series.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { podsEvidence } from './node-not-ready/pods.ts';

/** What ended longer ago is said to be over. */
const STILL = MINUTE;

export const nodePacketLoss = defineRule({
  id: 'node-packet-loss',
  title: "A node's network loses packets",
  phase: 'node',
  semantics: [
    'https://www.rfc-editor.org/rfc/rfc6298',
    'https://github.com/prometheus/node_exporter#enabled-by-default',
  ],
  reads: ['Node', 'Pod'],
  on: 'Node',
  causes: {
    'packet-loss': {
      means: 'it sends TCP segments again many times as often as every other node, and as itself before',
      fix: 'none',
      outcome: 'declined',
    },
  },

  detect({ cluster, object: node }) {
    return cluster.list('Node').length > 1 ? { seenOn: [refOf(node)] } : null;
  },

  *investigate({ cluster, object: node }, ask) {
    const series = yield* ask.candidates('node-retransmits');
    if (!series) return null;
    const found = retransmitsOf(series, node, cluster.list('Node'), cluster.now);
    if (!found) return null;
    const { metric, episode, others, before, samples } = found;
    const { from, to, median } = episode;
    const { name } = node.metadata;
    const isOver = cluster.reached(to + STILL + 1);
    return diagnosis({
      cause: 'packet-loss',
      summary: prose`${describeRef(refOf(node))} ${isOver ? prose`lost` : prose`loses`} packets: it ${isOver ? prose`sent` : prose`sends`} ${perSecond(median)} TCP segments a second again ${isOver ? prose`from ${describeTime(from)} for ${describeDuration(to - from)}` : prose`since ${describeTime(from)}`}, every other node at most ${perSecond(others)}.`,
      because: [
        prose`A segment is sent again when nobody confirms it. Before, it was ${perSecond(before)} a second on this node.`,
      ],
      evidence: [
        quoted(
          'metric',
          metric,
          to,
          `${name}: median ${perSecond(median)} a second from ${describeTime(from)} to ${describeTime(to)}, ${perSecond(before)} outside that time; other nodes at most ${perSecond(others)}`,
        ),
        ...podsEvidence(cluster, node),
      ],
      certainty: [0.75, prose`only this node sends segments again so often, and only since then`],
      verdict: isOver ? 'monitor' : 'decline',
      reason: isOver
        ? prose`The loss has stopped, and no manifest brought it.`
        : prose`No manifest can repair the network of a node.`,
      advice: [
        prose`Check the link of ${name}: ip -s link (errors, dropped), ethtool -S, tc qdisc show, and the switch or the cloud's network metrics`,
        prose`Until then, move what must not be slow to other nodes: kubectl cordon ${name}`,
      ],
      chart: chartOf(samples, {
        title: `TCP segments sent again by ${name}`,
        unit: 'a second',
        line: null,
      }),
      firstSeen: from,
    });
  },
});

function perSecond(value: number): string {
  return String(Number(value.toPrecision(2)));
}
