import { describe, expect, test } from 'vitest';
import { labelsInText, namesInLabels, namesInText } from '../../src/alerts/names.ts';

/** The objects that labels name, the likeliest first. */
const named = (labels: Readonly<Record<string, string>>) =>
  namesInLabels(labels).objects.map(({ kind, namespace, name }) => `${kind} ${namespace ?? '-'}/${name}`);

const KSM = { pod: 'kube-state-metrics-6f7b-abcde', service: 'kube-state-metrics', endpoint: 'https-main' };

/* Labels as the rules of kube-prometheus have them: https://runbooks.prometheus-operator.dev/ */
describe('labels', () => {
  test.each([
    ['KubePodNotReady', { namespace: 'shop', pod: 'cart-1' }, 'Pod shop/cart-1'],
    [
      'KubeDeploymentReplicasMismatch',
      { ...KSM, namespace: 'shop', deployment: 'cart' },
      'Deployment shop/cart',
    ],
    [
      'KubeStatefulSetReplicasMismatch',
      { ...KSM, namespace: 'shop', statefulset: 'db' },
      'StatefulSet shop/db',
    ],
    ['KubeDaemonSetRolloutStuck', { ...KSM, namespace: 'shop', daemonset: 'log' }, 'DaemonSet shop/log'],
    ['KubeJobFailed', { ...KSM, namespace: 'shop', job_name: 'sum-1', job: 'ksm' }, 'Job shop/sum-1'],
    ['a CronJob', { ...KSM, namespace: 'shop', cronjob: 'sum' }, 'CronJob shop/sum'],
    [
      'KubeHpaMaxedOut',
      { ...KSM, namespace: 'shop', horizontalpodautoscaler: 'cart' },
      'HorizontalPodAutoscaler shop/cart',
    ],
    [
      'KubePersistentVolumeFillingUp',
      { namespace: 'shop', persistentvolumeclaim: 'data-db-0', node: 'a' },
      'PersistentVolumeClaim shop/data-db-0',
    ],
    ['KubeNodeNotReady', { ...KSM, namespace: 'monitoring', node: 'worker-1' }, 'Node -/worker-1'],
    [
      'a custom resource',
      { ...KSM, customresource_kind: 'Certificate', namespace: 'shop', name: 'tls' },
      'Certificate shop/tls',
    ],
    [
      'labels that Prometheus renamed',
      { namespace: 'monitoring', pod: 'exporter-1', exported_namespace: 'shop', exported_pod: 'cart-1' },
      'Pod shop/cart-1',
    ],
  ])('%s', (_name, labels, first) => expect(named(labels)[0]).toBe(first));

  test.each([
    ['Watchdog', { alertname: 'Watchdog', severity: 'none' }],
    ['one about an API server', { alertname: 'KubeAPIErrorBudgetBurn', long: '1h', namespace: 'default' }],
    ['a path in place of a name', { namespace: 'shop', pod: '../../etc/passwd' }],
    ['a mention in place of a name', { namespace: 'shop', pod: '@everyone' }],
    ['markup in place of a name', { namespace: 'shop', deployment: '<!-- faultline -->' }],
    ['an empty name', { namespace: 'shop', pod: '' }],
  ])('%s names nothing', (_name, labels) => expect(named(labels)).toEqual([]));

  test('the exporter itself is meant where nothing else is named', () => {
    expect(named({ namespace: 'monitoring', pod: KSM.pod })).toEqual([`Pod monitoring/${KSM.pod}`]);
  });
});

describe('text', () => {
  test('names objects with kind, namespace and name', () => {
    expect(namesInText('not ready: Deployment/shop/cart, and StatefulSet shop/db.')).toEqual([
      { kind: 'Deployment', namespace: 'shop', name: 'cart' },
      { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
    ]);
  });

  test.each([
    ['a kind without a name', 'the Deployment is not ready'],
    ['a name without a namespace', 'Deployment cart is not ready'],
    ['an address', 'see https://shop.example/Deployments/all'],
  ])('%s names nothing', (_name, text) => expect(namesInText(text)).toEqual([]));

  test("the labels that Alertmanager's own template prints are labels", () => {
    const text =
      'Labels:\n - alertname = KubePodNotReady\n - namespace = shop\n - pod = cart-1\nAnnotations:\n - x = y\n';
    expect(labelsInText(text)).toEqual({ alertname: 'KubePodNotReady', namespace: 'shop', pod: 'cart-1' });
    expect(labelsInText('nothing of that kind')).toEqual({});
  });
});
