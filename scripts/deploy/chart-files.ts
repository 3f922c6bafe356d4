import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DASHBOARD, dashboard } from './dashboard.ts';
import { VALUES_SCHEMA, valuesSchema } from './values-schema.ts';

/** Files of `deploy/` that repeat others, since neither a chart nor a kustomization may read outside its folder. */
export function deployFiles(rbac: string): ReadonlyMap<string, string> {
  const alerts = readFileSync(resolve('deploy/alerts.yaml'), 'utf8');
  const role = rbac.split(/^---\n/m).find((document) => /^kind: ClusterRole$/m.test(document));
  if (role === undefined) throw new Error('deploy/rbac.yaml has no ClusterRole');
  return new Map([
    ['deploy/chart/files/cluster-role.yaml', `${from('deploy/rbac.yaml')}${part(role, 'rules')}`],
    ['deploy/chart/files/alerts.yaml', `${from('deploy/alerts.yaml')}${part(alerts, 'spec')}`],
    ['deploy/kustomize/cluster-role.yaml', `${from('deploy/rbac.yaml')}${role}`],
    [DASHBOARD, dashboard()],
    [VALUES_SCHEMA, valuesSchema()],
  ]);
}

function from(source: string): string {
  return `# Follows from ${source}: npm run rules\n`;
}

/** The last key of a document, with everything below it. */
function part(document: string, key: string): string {
  const at = document.search(new RegExp(`^${key}:$`, 'm'));
  if (at === -1) throw new Error(`there is no ${key} to copy`);
  return document.slice(at);
}
