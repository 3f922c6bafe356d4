import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** What `serve` does that is worth a span of its own and a place in the metrics. */
export type StepName = 'task' | 'scan' | 'find' | 'place' | 'render' | 'github';

/** Facts about a step: few, short, and never text from a cluster or a repository. */
export type Facts = Readonly<Record<string, string | number>>;

export interface EndedStep {
  readonly name: StepName;
  readonly seconds: number;
  readonly outcome: 'ok' | 'failed';
  readonly facts: Facts;
}

/** A step that is under way. */
export interface Step {
  /** Adds facts that only the work knows. */
  tell(facts: Facts): void;
  /** Marks it as failed although its work returns. */
  fail(): void;
}

/** Of the process, like the tracer provider of OpenTelemetry: steps are taken deep inside, and whoever measures them starts the process. */
const listeners = new Set<(step: EndedStep) => void>();

/**
 * Does some work inside a span, `faultline.<name>`, and tells the listeners how long it took. Without a tracer provider, which an operator
 * may preload, the span is a no-op. An error is passed on; the span has its class and not its message, which may quote what was read.
 */
export function inStep<T>(name: StepName, facts: Facts, work: (step: Step) => Promise<T>): Promise<T> {
  return trace
    .getTracer('faultline')
    .startActiveSpan(`faultline.${name}`, { attributes: attributesOf(facts) }, (span) =>
      measured(name, facts, span, work),
    );
}

async function measured<T>(
  name: StepName,
  facts: Facts,
  span: Span,
  work: (step: Step) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  let outcome: EndedStep['outcome'] = 'ok';
  let all = facts;
  const step: Step = {
    tell: (more) => {
      all = { ...all, ...more };
      span.setAttributes(attributesOf(more));
    },
    fail: () => {
      outcome = 'failed';
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
  };
  try {
    return await work(step);
  } catch (error) {
    outcome = 'failed';
    const message = error instanceof Error ? error.name : 'unknown';
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    throw error;
  } finally {
    span.end();
    const seconds = (performance.now() - began) / 1000;
    for (const listener of listeners) listener({ name, seconds, outcome, facts: all });
  }
}

/** Calls back with each step that has ended. @returns ends that */
export function onStep(listener: (step: EndedStep) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function attributesOf(facts: Facts): Attributes {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [`faultline.${name}`, value]));
}
