import { describe, expect } from 'vitest';
import { findObject } from '../../src/sources/find.ts';
import { needsTool } from '../needs.ts';
import { revisionOf } from '../locate/revisions.ts';

const rendered = needsTool('helm');

/** The name that `helm create` gives: the release's, with the chart's where that is not part of it. */
const NAME =
  '{{ if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}';

const FILES = {
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/templates/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${NAME}\n  namespace: {{ .Release.Namespace }}\n`,
  'charts/cart/templates/fixed.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: fixed\n',
};

async function releaseOf(kind: string, name: string, more: { namespace?: string; release?: string } = {}) {
  const { matches } = await findObject(await revisionOf(FILES), { kind, name, ...more });
  return matches.map(({ root }) =>
    root.kind === 'helm' ? `${root.release.namespace}/${root.release.name}` : '?',
  );
}

describe('the release that a chart nobody installs by name was installed as', () => {
  rendered.each([
    ['ConfigMap', 'release-name-cart', {}, ['default/release-name']],
    ['ConfigMap', 'blue-cart', {}, ['default/blue']],
    ['ConfigMap', 'blue-cart', { namespace: 'shop' }, ['shop/blue']],
    ['ConfigMap', 'cart', {}, ['default/cart']],
    ['ConfigMap', 'cart-eu', {}, ['default/cart-eu']],
    ['Service', 'fixed', {}, ['default/release-name']],
    ['Service', 'fixed', { release: 'blue' }, ['default/blue']],
  ])('%s %s %j', async (kind, name, more, releases) => {
    expect(await releaseOf(kind, name, more)).toEqual(releases);
  });

  rendered.each([
    ['ConfigMap', 'web', {}],
    ['Secret', 'cart', {}],
    ['ConfigMap', 'blue-cart', { release: 'green' }],
    ['ConfigMap', 'Blue_cart', {}],
  ])('none gives %s %s %j', async (kind, name, more) => {
    expect(await releaseOf(kind, name, more)).toEqual([]);
  });
});
