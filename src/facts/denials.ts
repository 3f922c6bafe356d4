/** A webhook or a ValidatingAdmissionPolicy that denied an object. */
export interface Denial {
  readonly kind: 'denied';
  readonly by: Denier;
  /** What it says; empty where it gives no reason. */
  readonly message: string;
}

/** Who denied: a policy of Kyverno or a constraint of Gatekeeper where the message names it. */
export type Denier =
  | { readonly kind: 'webhook'; readonly webhook: string; readonly policies: readonly DeniedBy[] }
  | { readonly kind: 'policy'; readonly policy: string; readonly binding: string | null };

export interface DeniedBy {
  readonly policy: string;
  readonly rule: string | null;
  /** What the policy says. */
  readonly message: string;
  /** `/spec/containers/0/image`, where Kyverno says where the rule failed. */
  readonly path: string | null;
}

/** Null where nobody denied: a webhook that cannot be called is no denial. */
export function denialIn(message: string): Denial | null {
  const [, policy, binding, said] =
    /ValidatingAdmissionPolicy '([^']+)'(?: with binding '([^']+)')? denied request: (.*)/s.exec(message) ??
    [];
  if (policy !== undefined)
    return {
      kind: 'denied',
      by: { kind: 'policy', policy, binding: binding ?? null },
      message: said!.trim(),
    };
  const [, webhook, why] =
    /admission webhook "([^"]+)" denied the request(?:: ?| without explanation)(.*)/s.exec(message) ?? [];
  if (webhook === undefined) return null;
  const text = why!.trim();
  return {
    kind: 'denied',
    by: { kind: 'webhook', webhook, policies: [...kyvernoIn(text), ...gatekeeperIn(text)] },
    message: text,
  };
}

/** Below `… blocked due to the following policies`, two levels of YAML: policy, then rule and message. */
function kyvernoIn(text: string): readonly DeniedBy[] {
  const [, list] = /due to the following policies:?\s+(.+)/s.exec(text) ?? [];
  if (list === undefined) return [];
  const rules = list.matchAll(
    /(?:^|\s)([a-z0-9][\w.-]*):\s+([a-z0-9][\w.-]*): *['"]?([^]+?)(?=['"]?(?:\n\S|\s*$))/g,
  );
  return [...rules].map(([, policy, rule, message]) => {
    const [, path] = /failed at path (\/\S+?)\/?(?:['"\s]|$)/.exec(message!) ?? [];
    return { policy: policy!, rule: rule!, message: message!.trim(), path: path ?? null };
  });
}

/** `[constraint] message`, one a line. */
function gatekeeperIn(text: string): readonly DeniedBy[] {
  return [...text.matchAll(/(?:^|\n)\[([a-z0-9][a-z0-9.-]*)\] ([^\n]+)/g)].map(([, policy, message]) => ({
    policy: policy!,
    rule: null,
    message: message!,
    path: null,
  }));
}
