/** What Kustomize appends to generated names: ten letters of an alphabet without vowels and look-alikes. */
const HASH = /-[2456789bcdfghkmt]{10}$/;

export function withoutHash(name: string): string {
  return name.replace(HASH, '');
}
