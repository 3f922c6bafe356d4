import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanStatus,
  type Tracer,
} from '@opentelemetry/api';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { inStep, onStep, type EndedStep } from '../../src/tracing/step.ts';

interface Kept {
  readonly name: string;
  readonly parent: string | null;
  readonly attributes: Attributes;
  status: SpanStatus | null;
  isEnded: boolean;
}

const spans: Kept[] = [];
const kept = new WeakMap<Span, Kept>();

/** What an SDK registers, as far as steps use it. */
beforeAll(() => {
  const scopes = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => scopes.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => scopes.run(active, () => work.call(self!, ...args)),
    bind: (_active, target) => target,
    enable: function () {
      return this;
    },
    disable: function () {
      return this;
    },
  });
  const startSpan: Tracer['startSpan'] = (name, options = {}, parent = context.active()) => {
    const above = trace.getSpan(parent);
    const one: Kept = {
      name,
      parent: (above && kept.get(above)?.name) ?? null,
      attributes: { ...options.attributes },
      status: null,
      isEnded: false,
    };
    spans.push(one);
    const span = {
      spanContext: () => INVALID_SPAN_CONTEXT,
      setAttributes: (more: Attributes) => Object.assign(one.attributes, more),
      setStatus: (status: SpanStatus) => (one.status = status),
      end: () => (one.isEnded = true),
    } as unknown as Span;
    kept.set(span, one);
    return span;
  };
  const startActiveSpan = ((name: string, options: object, work: (span: Span) => unknown) => {
    const span = startSpan(name, options);
    return context.with(trace.setSpan(context.active(), span), () => work(span));
  }) as Tracer['startActiveSpan'];
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan }) });
});

beforeEach(() => void spans.splice(0));

test('steps are spans inside each other, with what they were told', async () => {
  await inStep('task', { task: 'reconcile' }, () =>
    inStep('render', { tool: 'helm' }, async (step) => step.tell({ status: 3 })),
  );
  expect(spans).toEqual([
    {
      name: 'faultline.task',
      parent: null,
      attributes: { 'faultline.task': 'reconcile' },
      status: null,
      isEnded: true,
    },
    {
      name: 'faultline.render',
      parent: 'faultline.task',
      attributes: { 'faultline.tool': 'helm', 'faultline.status': 3 },
      status: null,
      isEnded: true,
    },
  ]);
});

test('an error is passed on; the span has its class and not its message', async () => {
  const failing = inStep('find', {}, () => Promise.reject(new TypeError('password=hunter2')));
  await expect(failing).rejects.toThrow('hunter2');
  expect(spans).toMatchObject([{ status: { code: 2, message: 'TypeError' }, isEnded: true }]);
  expect(JSON.stringify(spans)).not.toContain('hunter2');
});

test('listeners hear how each step ended, until they have enough', async () => {
  const heard: EndedStep[] = [];
  const end = onStep((step) => heard.push(step));
  await inStep('render', { tool: 'kustomize' }, async (step) => step.fail());
  await inStep('scan', {}, async () => {});
  end();
  await inStep('scan', {}, async () => {});
  expect(heard.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['render failed', 'scan ok']);
  expect(heard.every(({ seconds }) => seconds >= 0 && seconds < 10)).toBe(true);
});
