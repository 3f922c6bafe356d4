import { z } from 'zod';
import { alertOf } from './alert.ts';
import { single } from './format.ts';
import { kindIn, nameIn, namesInText, textIn } from './names.ts';

/** An event of Flux. Source: https://github.com/fluxcd/pkg/blob/main/apis/event/v1beta1/event.go */
const event = z.object({
  involvedObject: z.object({ kind: z.string(), namespace: z.string().nullish(), name: z.string() }),
  severity: z.enum(['trace', 'info', 'error']),
  timestamp: z.string().nullish(),
  message: z.string(),
  reason: z.string(),
  /** `eventMetadata` of the Alert is among it. */
  metadata: z.record(z.string(), z.string()).nullish(),
});

/** Progress is not yet success, and a release that was rolled back or removed has not succeeded. */
const SUCCESS = /^(?!Rollback|Uninstall).*Succeeded$|^NewArtifact$/;

export const flux = single(event, ({ severity, message, reason, metadata, timestamp, involvedObject }) => {
  if (severity !== 'error' && !SUCCESS.test(reason)) return null;
  const { kind, namespace, name } = involvedObject;
  const [named, ofKind] = [nameIn(name), kindIn(kind)];
  return alertOf({
    source: 'flux',
    // One object fails in one way at a time, and success ends that.
    id: `${kind}/${namespace ?? ''}/${name}`,
    status: severity === 'error' ? 'firing' : 'resolved',
    title: reason,
    summary: message,
    startsAt: timestamp,
    names: {
      cluster: textIn(metadata?.['cluster']),
      objects:
        named === null || ofKind === null
          ? []
          : [{ kind: ofKind, namespace: nameIn(namespace), name: named }],
      // A failed health check names what is not ready.
      also: namesInText(message),
      container: null,
    },
  });
});
