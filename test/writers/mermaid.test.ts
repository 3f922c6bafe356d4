import { describe, expect, test } from 'vitest';
import { mermaidChart } from '../../src/writers/mermaid.ts';
import type { Chart } from '../../src/model/finding.ts';
import { at } from '../pull-requests/proposals.ts';

const CHART: Chart = {
  title: 'Replicas of checkout',
  unit: 'replicas',
  points: [
    [at('01:00'), 4],
    [at('01:30'), 6],
    [at('02:00'), 8],
  ],
  line: { label: 'maximum', value: 8 },
};

describe('mermaidChart', () => {
  test('draws the course and what it is compared with', () => {
    expect(mermaidChart(CHART)).toBe(`\`\`\`mermaid
%%{init: {"xyChart": {"width": 480, "height": 300}, "themeVariables": {"xyChart": {"backgroundColor": "transparent", "plotColorPalette": "#388bfd, #e5534b"}}}}%%
xychart-beta
  title "Replicas of checkout"
  x-axis "minutes since 2026-07-29 01:00 UTC" 0 --> 60
  y-axis "replicas" 0 --> 8.8
  line [4, 6, 8]
  line [8, 8, 8]
\`\`\`

The red line is the maximum: 8 replicas.`);
  });

  test('places unevenly spaced samples by their time', () => {
    const points = [
      [at('01:00'), 1],
      [at('01:50'), 2],
      [at('02:00'), 3],
    ] as const;
    expect(mermaidChart({ ...CHART, points, line: null })).toContain('  line [1, 1, 3]\n```');
  });

  test('counts hours and days over longer times', () => {
    const over = (hours: number): string =>
      mermaidChart({
        ...CHART,
        points: [
          [0, 1],
          [hours * 3_600_000, 2],
        ],
      });
    expect(
      [over(12), over(24 * 7)].map((block) => /x-axis "(\w+) since [^"]+" (0 --> \d+)/.exec(block)?.slice(1)),
    ).toEqual([
      ['hours', '0 --> 12'],
      ['days', '0 --> 7'],
    ]);
  });

  test('draws nothing without a course', () => {
    expect(
      [
        [],
        [[1, 1]],
        [
          [1, 1],
          [2, 2],
        ],
        [
          [1, Number.NaN],
          [2, 1],
        ],
      ].map((points) => mermaidChart({ ...CHART, points: points as never })),
    ).toEqual(['', '', '', '']);
  });

  test('writes no number that the chart would not understand', () => {
    const block = mermaidChart({
      ...CHART,
      points: [0, 1, 2].map((hour) => [hour * 3_600_000, [1e-9, 1e20, -3.14159][hour]!] as const),
    });
    expect(/line \[(.*)\]/.exec(block)?.[1]).toBe('0, 100000000000000000000, -3.14');
  });
});
