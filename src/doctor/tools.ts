import { findHelm, findKustomize } from '../renderers/tools.ts';
import type { RemoteRenderer } from '../renderers/remote/remote-renderer.ts';
import { type Check, failed, ok, warning } from './check.ts';

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

/** What the renderer in another place has; `helm` of this machine only pulls charts then. */
export function rendererCheck(remote: RemoteRenderer): Check {
  return {
    what: 'renderer',
    run: async () => {
      const status = await remote.status();
      if (typeof status === 'string')
        return [
          failed('renderer', status, 'start it: faultline renderer (docs/rendering.md#a-renderer-apart)'),
        ];
      const { kustomize, helm } = status.tools;
      const tools = Object.entries({ kustomize, helm });
      const missing = tools.filter(([, tool]) => tool === null).map(([name]) => name);
      const has = tools.flatMap(([name, tool]) => (tool === null ? [] : [`${name} ${tool.version}`]));
      const text = `${remote.name} has ${has.join(', ')}; isolation: ${status.isolation}; ${status.parallel} at a time`;
      if (missing.length > 0)
        return [
          failed(
            'renderer',
            `${text}; ${missing.join(' and ')} not found`,
            `install ${missing.join(' and ')} there`,
          ),
        ];
      return [
        status.warning === null ? ok('renderer', text) : warning('renderer', `${text}: ${status.warning}`),
      ];
    },
  };
}
