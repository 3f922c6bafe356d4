/**
 * What Kustomize (and `kubectl create --append-hash`) appends to generated names: ten letters of an alphabet without vowels and
 * look-alikes, as k8s.io/kubectl/pkg/util/hash makes them.
 */
const HASH = /-[2456789bcdfghkmt]{10}$/;

export function withoutHash(name: string): string {
  return name.replace(HASH, '');
}

/** True for `settings-7f9g2k5m4h` of `settings`. */
export function isGeneratedFrom(base: string, name: string): boolean {
  return name !== base && withoutHash(name) === base;
}
