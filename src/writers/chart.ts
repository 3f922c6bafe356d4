import { utc, utcMinutes } from '../kubernetes/times.ts';
import type { Chart } from '../model/finding.ts';
import { markup, NO_HTML, type Html } from '../untrusted/html.ts';

/** Below a minute there is no course to see. */
const SHORTEST = 60_000;
/** Heights in CSS pixels: room for a label above the plot, the plot, and room for the times below it. */
const TOP = 18;
const PLOT = 150;
const HEIGHT = TOP + PLOT + 24;
/** The plot's own width: it is stretched to the width that there is, the texts are not. */
const WIDTH = 1000;
const TICKS = 4;

/**
 * Numbers over time as an SVG that a screen reader can read, and as a table. Nothing where there is no course to show.
 *
 * @param id of the figure, and the start of the ids in it
 */
export function chartFigure({ title, unit, points, line }: Chart, id: string): Html {
  const known = points.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || last[0] - first[0] < SHORTEST) return NO_HTML;
  const comparison = line !== null && Number.isFinite(line.value) ? line : null;
  const values = known.map(([, value]) => value);
  const scale = scaleOf(Math.min(0, ...values), Math.max(...values, comparison?.value ?? 0));
  const yOf = (value: number): number =>
    round(TOP + PLOT * (1 - (value - scale.from) / (scale.to - scale.from)));
  const xOf = (at: number): number => round((WIDTH * (at - first[0])) / (last[0] - first[0]));
  const course = known.map(([at, value]) => `${xOf(at)},${round(yOf(value) - TOP)}`).join(' ');
  const zero = round(yOf(Math.max(0, scale.from)) - TOP);
  const middle = first[0] + (last[0] - first[0]) / 2;
  return markup`<figure class="chart" id="${id}">
<svg role="img" aria-labelledby="${id}-title ${id}-desc" width="100%" height="${HEIGHT}">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${described(known, unit, comparison)}</desc>
${scale.ticks.map((tick, index) => {
  const label = index === scale.ticks.length - 1 ? `${number(tick)} ${unit}` : number(tick);
  return markup`<line class="grid" x1="0" x2="100%" y1="${yOf(tick)}" y2="${yOf(tick)}"/><text class="tick" x="0" y="${yOf(tick) - 3}">${label}</text>
`;
})}<svg x="0" y="${TOP}" width="100%" height="${PLOT}" viewBox="0 0 ${WIDTH} ${PLOT}" preserveAspectRatio="none">
<polygon class="area" points="0,${zero} ${course} ${WIDTH},${zero}"/>
<polyline class="course" points="${course}"/>
</svg>
${comparison === null ? null : comparisonLine(yOf(comparison.value), comparisonText(comparison, unit))}
<text class="tick" x="0" y="${HEIGHT - 6}">${utcMinutes(first[0])}</text>
<text class="tick wide" x="50%" y="${HEIGHT - 6}" text-anchor="middle">${utcMinutes(middle)}</text>
<text class="tick" x="100%" y="${HEIGHT - 6}" text-anchor="end">${utc(last[0])}</text>
</svg>
<figcaption>${title}</figcaption>
<details><summary>As a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${title}, as a table"><table>
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">${unit}</th></tr></thead>
<tbody>${known.map(([at, value]) => markup`<tr><td>${utcMinutes(at)}</td><td class="number">${number(value)}</td></tr>`)}</tbody>
</table></div>
</details>
</figure>
`;
}

function comparisonLine(y: number, text: string): Html {
  return markup`<line class="limit" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="limit-label" x="100%" y="${y - 4}" text-anchor="end">${text}</text>`;
}

type Points = Chart['points'];
type Comparison = NonNullable<Chart['line']>;

/** What a chart shows, for who does not see it. */
function described(known: Points, unit: string, comparison: Comparison | null): string {
  const values = known.map(([, value]) => value);
  const [first, last] = [known[0]!, known.at(-1)!];
  const range = `From ${utc(first[0])} to ${utc(last[0])}: first ${number(first[1])}, last ${number(last[1])}`;
  const between = `lowest ${number(Math.min(...values))}, highest ${number(Math.max(...values))} ${unit}.`;
  const than = comparison === null ? '' : ` Compared with ${comparisonText(comparison, unit)}.`;
  return `${range}, ${between}${than}`;
}

function comparisonText({ label, value }: Comparison, unit: string): string {
  return `${label}: ${number(value)} ${unit}`;
}

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** Round numbers that the values lie between. */
function scaleOf(lowest: number, highest: number): Scale {
  const length = highest - lowest || 1;
  const rough = length / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const from = Math.floor(lowest / step) * step;
  const count = Math.ceil((highest * 1.02 - from) / step) || 1;
  return {
    from,
    to: from + count * step,
    ticks: Array.from({ length: count + 1 }, (_none, index) => from + index * step),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Three digits are enough to read. */
function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return Number(value.toFixed(digits)).toLocaleString('en-GB', { maximumFractionDigits: digits });
}
