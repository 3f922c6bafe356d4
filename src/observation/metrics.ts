import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';

/** Seconds in which a person or a controller would wait, up to the hour of a tag that is still being built. */
const LATENCY = [0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const TASK = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const STEP = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type Metrics = ReturnType<typeof newMetrics>;

/**
 * Everything that `/metrics` shows, in base units. Labels are closed sets, tasks, clusters of the settings and installations of the App:
 * never a fingerprint, a pod, a namespace or a repository. docs/observation.md has a line for each.
 */
export function newMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return { registry, ...incidentMetrics(registers), ...workMetrics(registers), ...edgeMetrics(registers) };
}

/** Processor time, memory, file descriptors and the event loop, which are measured all the time from then on. */
export function addProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
}

function incidentMetrics(registers: Registry[]) {
  return {
    signalToIncident: new Histogram({
      name: 'faultline_signal_to_incident_seconds',
      help: 'Seconds from the newest signal of an incident to its first record',
      buckets: LATENCY,
      registers,
    }),
    incidentToPullRequest: new Histogram({
      name: 'faultline_incident_to_pull_request_seconds',
      help: 'Seconds from the first record of an incident to its pull request',
      buckets: LATENCY,
      registers,
    }),
    incidents: new Gauge({
      name: 'faultline_incidents',
      help: 'Incidents that the last scan of a cluster saw, by decision',
      labelNames: ['cluster', 'action'],
      registers,
    }),
    decisions: new Counter({
      name: 'faultline_decisions_total',
      help: 'Decisions on incidents; one that stays the same counts once',
      labelNames: ['action'],
      registers,
    }),
    abstentions: new Counter({
      name: 'faultline_abstentions_total',
      help: 'Decisions that open no pull request, by reason',
      labelNames: ['reason'],
      registers,
    }),
    differences: new Counter({
      name: 'faultline_finding_differences_total',
      help: 'Incidents that increments told otherwise than a full find: a bug',
      labelNames: ['kind'],
      registers,
    }),
    outcomes: new Counter({
      name: 'faultline_pull_request_outcomes_total',
      help: 'What scans did about pull requests and reports; "unchanged" is left out',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

function workMetrics(registers: Registry[]) {
  return {
    tasks: new Histogram({
      name: 'faultline_task_seconds',
      help: 'Seconds that a run of a task took',
      labelNames: ['task', 'outcome'],
      buckets: TASK,
      registers,
    }),
    waiting: new Gauge({
      name: 'faultline_tasks_waiting',
      help: 'Tasks that wait, those that are due later included',
      labelNames: ['task'],
      registers,
    }),
    running: new Gauge({
      name: 'faultline_tasks_running',
      help: 'Tasks that run now',
      labelNames: ['task'],
      registers,
    }),
    overdue: new Gauge({
      name: 'faultline_task_overdue_seconds',
      help: 'Seconds for which the task that is due first has been due',
      labelNames: ['task'],
      registers,
    }),
    steps: new Histogram({
      name: 'faultline_step_seconds',
      help: 'Seconds that a step of a scan took',
      labelNames: ['step', 'outcome'],
      buckets: STEP,
      registers,
    }),
    renders: new Histogram({
      name: 'faultline_render_seconds',
      help: 'Seconds that a run of a renderer took; a cached render is not a run',
      labelNames: ['tool', 'outcome'],
      buckets: STEP,
      registers,
    }),
  };
}

function edgeMetrics(registers: Registry[]) {
  return {
    clusterReady: new Gauge({
      name: 'faultline_cluster_ready',
      help: '1 where the last read of a cluster succeeded, 0 where it failed',
      labelNames: ['cluster'],
      registers,
    }),
    watchLag: new Gauge({
      name: 'faultline_watch_lag_seconds',
      help: 'Seconds since the API server last said anything about the kind that has been silent longest',
      labelNames: ['cluster'],
      registers,
    }),
    watched: new Gauge({
      name: 'faultline_watched_objects',
      help: 'Objects that are held of a watched cluster',
      labelNames: ['cluster'],
      registers,
    }),
    github: new Histogram({
      name: 'faultline_github_request_seconds',
      help: 'Seconds that a request to GitHub took, without waits for rate limits',
      labelNames: ['status'],
      buckets: STEP,
      registers,
    }),
    limit: new Gauge({
      name: 'faultline_github_rate_limit_requests',
      help: 'Requests that GitHub allows in a period',
      labelNames: ['installation', 'resource'],
      registers,
    }),
    limitRemaining: new Gauge({
      name: 'faultline_github_rate_limit_remaining_requests',
      help: 'Requests that GitHub allowed still when it last answered',
      labelNames: ['installation', 'resource'],
      registers,
    }),
    limitReset: new Gauge({
      name: 'faultline_github_rate_limit_reset_timestamp_seconds',
      help: 'When the period ends, in seconds since the epoch',
      labelNames: ['installation', 'resource'],
      registers,
    }),
    reloadFailures: new Counter({
      name: 'faultline_settings_reload_failures_total',
      help: 'Times that the settings were read again and could not be used',
      registers,
    }),
    notifications: new Counter({
      name: 'faultline_notifications_total',
      help: 'Messages to chat services and webhooks, by what came of an attempt',
      labelNames: ['service', 'outcome'],
      registers,
    }),
    storeWrites: new Histogram({
      name: 'faultline_store_write_seconds',
      help: 'Seconds that a statement that writes to the store took',
      labelNames: ['table'],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
      registers,
    }),
  };
}
