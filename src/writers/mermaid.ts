import type { Chart } from '../model/finding.ts';
import { inline, mermaid } from '../untrusted/markdown.ts';
import { prose, sentenceOf } from '../untrusted/prose.ts';
import { utc } from '../kubernetes/times.ts';

const POINTS = 40;
/** Below a minute there is no course to see. */
const SHORTEST = 60_000;
/**
 * The course in blue, what it is compared with in red: legible on light and dark, as is the page behind them. No wider than
 * a phone can show without making the labels illegible.
 */
const STYLE =
  '%%{init: {"xyChart": {"width": 480, "height": 300}, "themeVariables": {"xyChart": ' +
  '{"backgroundColor": "transparent", "plotColorPalette": "#388bfd, #e5534b"}}}}%%';
const UNITS = [
  { name: 'minutes', milliseconds: 60_000, upTo: 3 * 3_600_000 },
  { name: 'hours', milliseconds: 3_600_000, upTo: 4 * 86_400_000 },
  { name: 'days', milliseconds: 86_400_000, upTo: Infinity },
];

/**
 * Numbers over time as a Mermaid chart, which GitHub draws. Such a chart spaces its points evenly, so the series is
 * sampled anew: each point shows the last value known at its time. Empty when there is no course to show.
 */
export function mermaidChart({ title, unit, points, line }: Chart): string {
  const known = points.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || last[0] - first[0] < SHORTEST) return '';
  const length = last[0] - first[0];
  const scale = UNITS.find(({ upTo }) => length <= upTo)!;
  const values = sampled(known, first[0], length);
  const comparison = line !== null && Number.isFinite(line.value) ? line : null;
  const highest = Math.max(...values, comparison?.value ?? 0);
  const lowest = Math.min(...values, comparison?.value ?? 0, 0);
  const label = mermaid(unit);
  const drawing = [
    STYLE,
    'xychart-beta',
    `  title "${mermaid(title)}"`,
    `  x-axis "${scale.name} since ${mermaid(utc(first[0]))}" 0 --> ${number(length / scale.milliseconds)}`,
    `  y-axis "${label}" ${number(lowest)} --> ${number(highest <= lowest ? lowest + 1 : highest + (highest - lowest) * 0.1)}`,
    `  line [${values.map(number).join(', ')}]`,
  ];
  if (comparison !== null) drawing.push(`  line [${values.map(() => number(comparison.value)).join(', ')}]`);
  const caption =
    comparison === null
      ? ''
      : `\n\nThe red line is the ${inline(prose`${sentenceOf(comparison.label)}: ${`${number(comparison.value)} ${label}`}.`)}`;
  return `\`\`\`mermaid\n${drawing.join('\n')}\n\`\`\`${caption}`;
}

function sampled(points: Chart['points'], from: number, length: number): readonly number[] {
  const amount = Math.min(POINTS, Math.max(2, points.length));
  let at = 0;
  return Array.from({ length: amount }, (_none, index) => {
    const time = from + (length * index) / (amount - 1);
    while (at + 1 < points.length && points[at + 1]![0] <= time) at += 1;
    return points[at]![1];
  });
}

/** Three digits are enough to draw; never an exponent, which the chart's grammar does not know. */
function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return String(Number(value.toFixed(digits))).replace(/^(-?\d)(?:\.\d+)?e.*$/, '$1');
}
