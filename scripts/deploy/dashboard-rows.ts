/* What the dashboard shows, row by row. */

interface Query {
  readonly expr: string;
  /** With Grafana's `{{label}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  /** A unit of Grafana. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly kind?: 'stat' | 'stacked';
  /** For `stat`: values from here on are red; `below`: values below it are. */
  readonly red?: { readonly from: number } | { readonly below: number };
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const CLUSTER = 'cluster=~"$cluster"';

export function quantile(share: number, metric: string, by: string, selector = ''): string {
  return `histogram_quantile(${share}, sum by (${['le', by].filter(Boolean).join(', ')}) (rate(${metric}_bucket${selector}[$__rate_interval])))`;
}

export const rows: readonly Row[] = [
  {
    title: 'Now',
    panels: [
      {
        title: 'Incidents',
        description: 'Incidents that the last scan of each cluster saw.',
        unit: 'none',
        kind: 'stat',
        queries: [{ expr: `sum(faultline_incidents{${CLUSTER}})`, legend: 'incidents' }],
      },
      {
        title: 'Clusters not read',
        description: 'Clusters whose last read failed. "faultline doctor" says why.',
        unit: 'none',
        kind: 'stat',
        red: { from: 1 },
        queries: [
          { expr: `count(faultline_cluster_ready{${CLUSTER}} == 0) or vector(0)`, legend: 'clusters' },
        ],
      },
      {
        title: 'Longest overdue task',
        description: 'How long the task that is due first has been due.',
        unit: 's',
        kind: 'stat',
        red: { from: 900 },
        queries: [{ expr: 'max(faultline_task_overdue_seconds)', legend: 'overdue' }],
      },
      {
        title: 'GitHub requests left',
        description: 'The smallest share of a rate limit that is left in any installation.',
        unit: 'percentunit',
        kind: 'stat',
        red: { below: 0.1 },
        queries: [
          {
            expr: 'min(faultline_github_rate_limit_remaining_requests / faultline_github_rate_limit_requests)',
            legend: 'left',
          },
        ],
      },
    ],
  },
  {
    title: 'What it does',
    panels: [
      {
        title: 'Incidents by decision',
        description: 'What the last scans decided: docs/reasons.md.',
        unit: 'none',
        kind: 'stacked',
        queries: [{ expr: `sum by (action) (faultline_incidents{${CLUSTER}})`, legend: '{{action}}' }],
      },
      {
        title: 'Pull requests by outcome',
        description: 'What scans did about pull requests and reports in each hour.',
        unit: 'none',
        kind: 'stacked',
        queries: [
          {
            expr: 'sum by (outcome) (increase(faultline_pull_request_outcomes_total[1h]))',
            legend: '{{outcome}}',
          },
        ],
      },
      {
        title: 'Decisions',
        description: 'New decisions in each hour.',
        unit: 'none',
        kind: 'stacked',
        queries: [
          { expr: 'sum by (action) (increase(faultline_decisions_total[1h]))', legend: '{{action}}' },
        ],
      },
      {
        title: 'Why nothing was proposed',
        description: 'Decisions in each hour that open nothing, by reason: docs/declined.md.',
        unit: 'none',
        kind: 'stacked',
        queries: [
          { expr: 'sum by (reason) (increase(faultline_abstentions_total[1h]))', legend: '{{reason}}' },
        ],
      },
      {
        title: 'From signal to incident',
        description: 'From the newest signal of an incident to its first record.',
        unit: 's',
        queries: [0.5, 0.99].map((share) => ({
          expr: quantile(share, 'faultline_signal_to_incident_seconds', ''),
          legend: `p${share * 100}`,
        })),
      },
      {
        title: 'From incident to pull request',
        description: 'From the first record of an incident to its pull request.',
        unit: 's',
        queries: [0.5, 0.99].map((share) => ({
          expr: quantile(share, 'faultline_incident_to_pull_request_seconds', ''),
          legend: `p${share * 100}`,
        })),
      },
    ],
  },
  {
    title: 'Clusters',
    panels: [
      {
        title: 'Read',
        description: '1 where the last read succeeded.',
        unit: 'none',
        queries: [{ expr: `min by (cluster) (faultline_cluster_ready{${CLUSTER}})`, legend: '{{cluster}}' }],
      },
      {
        title: 'Silence of the API server',
        description: 'Since it last said anything about the kind that has been silent longest.',
        unit: 's',
        queries: [
          { expr: `max by (cluster) (faultline_watch_lag_seconds{${CLUSTER}})`, legend: '{{cluster}}' },
        ],
      },
      {
        title: 'Objects held',
        description: 'Objects that are held of a live cluster: they take most of the memory.',
        unit: 'none',
        queries: [
          { expr: `max by (cluster) (faultline_watched_objects{${CLUSTER}})`, legend: '{{cluster}}' },
        ],
      },
      {
        title: 'Differences from a full find',
        description: 'What the comparison every five minutes found otherwise. Each is a bug: report it.',
        unit: 'none',
        queries: [
          { expr: 'sum by (kind) (increase(faultline_finding_differences_total[1h]))', legend: '{{kind}}' },
        ],
      },
    ],
  },
  {
    title: 'Work',
    panels: [
      {
        title: 'Tasks',
        description: 'Tasks that wait and that run.',
        unit: 'none',
        queries: [
          { expr: 'sum by (task) (faultline_tasks_waiting)', legend: '{{task}} wait' },
          { expr: 'sum by (task) (faultline_tasks_running)', legend: '{{task}} run' },
        ],
      },
      {
        title: 'Failed tasks',
        description: 'Share of the runs of a task that failed.',
        unit: 'percentunit',
        queries: [
          {
            expr: 'sum by (task) (rate(faultline_task_seconds_count{outcome="failed"}[$__rate_interval])) / sum by (task) (rate(faultline_task_seconds_count[$__rate_interval]))',
            legend: '{{task}}',
          },
        ],
      },
      {
        title: 'Steps of a scan (p95)',
        description: 'The scan as a whole, finding incidents, placing and proving changes.',
        unit: 's',
        queries: [{ expr: quantile(0.95, 'faultline_step_seconds', 'step'), legend: '{{step}}' }],
      },
      {
        title: 'Renders (p95)',
        description: 'Runs of kustomize and helm that no cache answered.',
        unit: 's',
        queries: [
          {
            expr: quantile(0.95, 'faultline_render_seconds', 'tool, outcome'),
            legend: '{{tool}} {{outcome}}',
          },
        ],
      },
      {
        title: 'Writes to the store (p95)',
        description: 'Statements that write, by table.',
        unit: 's',
        queries: [{ expr: quantile(0.95, 'faultline_store_write_seconds', 'table'), legend: '{{table}}' }],
      },
      {
        title: 'Memory',
        description: 'Resident memory of each process.',
        unit: 'bytes',
        queries: [
          {
            expr: 'process_resident_memory_bytes and on (instance) faultline_tasks_waiting',
            legend: '{{instance}}',
          },
        ],
      },
    ],
  },
  {
    title: 'GitHub',
    panels: [
      {
        title: 'Requests by status',
        description: 'Requests a second; 304 costs nothing of the rate limit.',
        unit: 'reqps',
        kind: 'stacked',
        queries: [
          {
            expr: 'sum by (status) (rate(faultline_github_request_seconds_count[$__rate_interval]))',
            legend: '{{status}}',
          },
        ],
      },
      {
        title: 'Requests left',
        description: 'By installation and resource; "app" is the App itself.',
        unit: 'none',
        queries: [
          {
            expr: 'min by (installation, resource) (faultline_github_rate_limit_remaining_requests)',
            legend: '{{installation}} {{resource}}',
          },
        ],
      },
    ],
  },
];
