/** Flux's `${name}` and `${name:-default}`; null where the text has another form of it that names a known or unknown variable. */
export function substituted(text: string, variables: Readonly<Record<string, string>>): string | null {
  let isClear = true;
  const filled = text
    .split(/^(?=---$)/m)
    .map((document) =>
      /kustomize\.toolkit\.fluxcd\.io\/substitute: "?disabled/.test(document)
        ? document
        : document.replace(/(\$+)\{([^}\n]*)\}/g, (whole, dollars: string, inside: string) => {
            if (dollars.length > 1) return whole.slice(1);
            const [, name, , fallback] = /^(\w+)(:?[-=]([^$]*))?$/.exec(inside) ?? [];
            if (name === undefined) {
              isClear = false;
              return whole;
            }
            const value = variables[name];
            return value === undefined || value === '' ? (fallback ?? value ?? '') : value;
          }),
    )
    .join('');
  return isClear ? filled : null;
}
