import { z } from 'zod';
import { alertOf } from './alert.ts';
import { single } from './format.ts';
import { kindIn, nameIn, textIn } from './names.ts';

/** What the template in deploy/alerts/argocd.yaml sends. */
const notification = z.object({
  status: z.enum(['firing', 'resolved']),
  application: z.object({ namespace: z.string(), name: z.string() }),
  /** Where it deploys to: the name or the address of the cluster. */
  cluster: z.string().nullish(),
  /** Those that are not healthy. Argo CD 3 keeps their health elsewhere, and sends none. */
  resources: z
    .array(z.object({ kind: z.string(), namespace: z.string().nullish(), name: z.string() }))
    .nullish(),
  title: z.string(),
  summary: z.string().nullish(),
  startsAt: z.string().nullish(),
});

export const argocd = single(notification, (told) => {
  const { status, application, cluster, resources, title, summary, startsAt } = told;
  const name = nameIn(application.name);
  return alertOf({
    source: 'argocd',
    id: `Application/${application.namespace}/${application.name}`,
    status,
    title,
    summary,
    startsAt,
    names: {
      cluster: textIn(cluster),
      objects: name === null ? [] : [{ kind: 'Application', namespace: nameIn(application.namespace), name }],
      also: (resources ?? []).slice(0, MOST_RESOURCES).flatMap((resource) => {
        const [kind, called] = [kindIn(resource.kind), nameIn(resource.name)];
        if (kind === null || called === null) return [];
        return [{ kind, namespace: nameIn(resource.namespace), name: called }];
      }),
      container: null,
    },
  });
});

const MOST_RESOURCES = 100;
