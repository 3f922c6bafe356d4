import * as fc from 'fast-check';

/** What a made-up repository does with one Deployment and one ConfigMap. */
export interface Shape {
  readonly tag: 'none' | 'in base' | 'in overlay' | 'in both';
  readonly newName: boolean;
  readonly memory: 'manifest' | 'merge patch' | 'inline merge patch' | 'json patch';
  readonly replicas: 'manifest' | 'entry' | 'patch';
  readonly settings: 'literal' | 'env file' | 'manifest';
  readonly level: string;
  readonly prefix: string;
  readonly sidecar: boolean;
  readonly crlf: boolean;
}

export const shapes: fc.Arbitrary<Shape> = fc.record({
  tag: fc.constantFrom('none', 'in base', 'in overlay', 'in both'),
  newName: fc.boolean(),
  memory: fc.constantFrom('manifest', 'merge patch', 'inline merge patch', 'json patch'),
  replicas: fc.constantFrom('manifest', 'entry', 'patch'),
  settings: fc.constantFrom('literal', 'env file', 'manifest'),
  level: fc.constantFrom('debug', 'info', '1', 'true', 'a b'),
  prefix: fc.constantFrom('', 'eu-'),
  sidecar: fc.boolean(),
  crlf: fc.boolean(),
});

/** The name under which the overlay renders an object of the base. */
export function renderedName({ prefix }: Shape, name: string): string {
  return `${prefix}${name}`;
}

/** The files: a base, and an overlay `prod` that reads it. */
export function filesOf(shape: Shape): Readonly<Record<string, string>> {
  const { tag, newName, memory, replicas, settings, level, prefix, sidecar, crlf } = shape;
  const images = (version: string, name: boolean): string =>
    `images:\n  - name: shop/cart\n    newTag: ${version}\n${name ? '    newName: mirror.example/cart\n' : ''}`;
  const patches = [
    memory === 'merge patch' ? '  - path: memory.yaml\n' : '',
    memory === 'inline merge patch' ? `  - patch: |-\n${indented(memoryPatch('896Mi'), '      ')}` : '',
    memory === 'json patch'
      ? `  - target: {kind: Deployment, name: cart}\n    patch: |\n      - op: replace\n        path: /spec/template/spec/containers/${sidecar ? 1 : 0}/resources/limits/memory\n        value: 640Mi\n`
      : '',
    replicas === 'patch' ? '  - path: replicas.yaml\n    target: {kind: Deployment}\n' : '',
  ].join('');
  const generator = {
    literal: `configMapGenerator:\n  - name: settings\n    literals:\n      - LEVEL=${level}\n      - REGION=eu\n`,
    'env file': 'configMapGenerator:\n  - name: settings\n    envs: [settings.env]\n',
    manifest: '',
  }[settings];
  const files: Readonly<Record<string, string>> = {
    'base/kustomization.yaml': `resources:\n  - deployment.yaml\n${tag === 'in base' || tag === 'in both' ? images('1.1.0', false) : ''}`,
    'base/deployment.yaml': deployment(sidecar),
    'prod/kustomization.yaml': `resources:\n  - ../base\n${settings === 'manifest' ? '  - settings.yaml\n' : ''}${prefix ? `namePrefix: ${prefix}\n` : ''}${
      tag === 'in overlay' || tag === 'in both' ? images('1.2.0', newName) : ''
    }${replicas === 'entry' ? 'replicas:\n  - name: cart\n    count: 5\n' : ''}${patches && `patches:\n${patches}`}${generator}`,
    ...(memory === 'merge patch' ? { 'prod/memory.yaml': memoryPatch('768Mi') } : {}),
    ...(replicas === 'patch'
      ? { 'prod/replicas.yaml': '- op: replace\n  path: /spec/replicas\n  value: 7\n' }
      : {}),
    ...(settings === 'env file' ? { 'prod/settings.env': `LEVEL=${level}\nREGION=eu\n` } : {}),
    ...(settings === 'manifest'
      ? {
          'prod/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  LEVEL: "${level}"\n  REGION: eu # for now\n`,
        }
      : {}),
  };
  return crlf
    ? { ...files, 'base/deployment.yaml': files['base/deployment.yaml']!.replaceAll('\n', '\r\n') }
    : files;
}

function deployment(sidecar: boolean): string {
  const other = '        - name: proxy\n          image: shop/proxy:3\n          args: [--listen, ":8080"]\n';
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  replicas: 2 # see the autoscaler
  selector:
    matchLabels: {app: cart}
  template:
    metadata:
      labels: {app: cart}
    spec:
      containers:
${sidecar ? other : ''}        - name: cart
          image: shop/cart:1.0.0
          env:
            - name: MODE
              value: "1"
          resources:
            limits: {cpu: 500m, memory: 512Mi}
`;
}

function memoryPatch(memory: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  template:
    spec:
      containers:
        - name: cart
          resources:
            limits:
              memory: ${memory}
`;
}

function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
