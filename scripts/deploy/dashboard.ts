/** The Grafana dashboard of the chart, made of the metrics that docs/observation.md lists. A metric that no row of its own has gets a panel in the last one. */
import { newMetrics } from '../../src/observation/metrics.ts';
import { quantile, rows, type Panel, type Row } from './dashboard-rows.ts';

export const DASHBOARD = 'deploy/chart/files/dashboard.json';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

export function dashboard(): string {
  const all = {
    title: 'Faultline',
    uid: 'faultline',
    tags: ['faultline'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          name: 'cluster',
          label: 'Cluster',
          type: 'query',
          datasource: DATASOURCE,
          query: 'label_values(faultline_cluster_ready, cluster)',
          refresh: 2,
          includeAll: true,
          allValue: '.*',
          multi: true,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: placed(),
  };
  return JSON.stringify(all, null, 2);
}

/** Only tells when a limit starts again. */
const LEFT_OUT: ReadonlySet<string> = new Set(['faultline_github_rate_limit_reset_timestamp_seconds']);

function more(): readonly Row[] {
  const shown = rows.flatMap(({ panels }) =>
    panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
  );
  const missing = newMetrics()
    .registry.getMetricsAsArray()
    .filter(({ name }) => !LEFT_OUT.has(name) && !shown.some((expr) => expr.includes(name)));
  return missing.length === 0 ? [] : [{ title: 'More', panels: missing.map(panelOf) }];
}

function panelOf(
  metric: ReturnType<ReturnType<typeof newMetrics>['registry']['getMetricsAsArray']>[number],
): Panel {
  const { name, type, help } = metric;
  const { labelNames } = metric as unknown as { readonly labelNames: readonly string[] };
  const by = labelNames.join(', ');
  const legend = labelNames.map((label) => `{{${label}}}`).join(' ') || 'all';
  const unit = name.endsWith('_seconds') ? 's' : 'none';
  const title = name.replace(/^faultline_|_(?:total|seconds)$/g, '').replaceAll('_', ' ');
  const grouped = by === '' ? '' : ` by (${by})`;
  const expr =
    String(type) === 'histogram'
      ? quantile(0.95, name, by)
      : String(type) === 'counter'
        ? `sum${grouped} (increase(${name}[1h]))`
        : `max${grouped} (${name})`;
  return { title, description: `${help}.`, unit, queries: [{ expr, legend }] };
}

/** Grafana's grid has 24 columns. */
function placed(): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: own } of [...rows, ...more()]) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { h: 1, w: 24, x: 0, y },
    });
    y += 1;
    const isSmall = own.every(({ kind }) => kind === 'stat');
    const [w, h] = isSmall ? [24 / own.length, 4] : [12, 8];
    own.forEach((panel, at) => {
      const gridPos = { h, w, x: (at * w) % 24, y: y + Math.floor((at * w) / 24) * h };
      panels.push({ id: panels.length + 1, ...grafanaPanel(panel), gridPos });
    });
    y += Math.ceil((own.length * w) / 24) * h;
  }
  return panels;
}

function grafanaPanel({ title, description, unit, queries, kind, red }: Panel): object {
  const isStat = kind === 'stat';
  return {
    type: isStat ? 'stat' : 'timeseries',
    title,
    description,
    datasource: DATASOURCE,
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCodePoint(65 + at),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(isStat && { instant: true }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(isStat
          ? { color: { mode: 'thresholds' }, thresholds: { mode: 'absolute', steps: steps(red) } }
          : {
              custom:
                kind === 'stacked'
                  ? { fillOpacity: 40, stacking: { mode: 'normal', group: 'A' } }
                  : { fillOpacity: 10 },
            }),
      },
      overrides: [],
    },
    options: isStat
      ? {
          colorMode: red === undefined ? 'none' : 'value',
          reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        }
      : {
          legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
          tooltip: { mode: 'multi', sort: 'desc' },
        },
  };
}

function steps(red: Panel['red']): readonly object[] {
  if (red === undefined) return [{ color: 'text', value: null }];
  if ('from' in red)
    return [
      { color: 'green', value: null },
      { color: 'red', value: red.from },
    ];
  return [
    { color: 'red', value: null },
    { color: 'green', value: red.below },
  ];
}
