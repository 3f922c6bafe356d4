import { findHelm, findKustomize } from '../renderers/tools.ts';
import { type Check, failed, ok } from './check.ts';

/** The programs that render, with their versions. */
export function toolChecks(env: NodeJS.ProcessEnv): readonly Check[] {
  return [
    { name: 'kustomize', find: findKustomize },
    { name: 'helm', find: findHelm },
  ].map(({ name, find }) => ({
    what: name,
    run: async () => {
      const tool = await find(env);
      return [
        tool === null
          ? failed(name, 'not found in PATH', `install ${name}, or run: npm run tools`)
          : ok(name, `${tool.version} (${tool.command})`),
      ];
    },
  }));
}
