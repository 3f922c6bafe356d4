/** The values below `data` and `stringData` of a Secret, in YAML and in JSON. */
export function maskSecretManifests(text: string): string {
  if (!text.includes('Secret')) return text;
  return maskedJson(maskedYaml(text));
}

const KIND = /^[+-]?(?<indent>[ \t]{0,40})(?:- )?kind:[ \t]{1,4}["']?Secret["']?[ \t]{0,8}$/m;

function maskedYaml(text: string): string {
  if (!KIND.test(text)) return text;
  return text
    .split(/^(?=[ +-]?---(?:\s|$))/m)
    .map((document) => (KIND.test(document) ? maskedDocument(document) : document))
    .join('');
}

function maskedDocument(document: string): string {
  let depth: number | null = null;
  return document
    .split('\n')
    .map((line) => {
      if (line.trim() === '') return line;
      const indentation = /^[+-]?[ \t]{0,200}/.exec(line)![0].length;
      if (depth !== null && indentation <= depth) depth = null;
      if (depth === null) {
        if (/^[+-]?[ \t]{0,40}(?:data|stringData):[ \t]{0,8}$/.test(line)) depth = indentation;
        return line;
      }
      const pair = /^(?<keep>[+-]?[ \t]{0,200}["']?[\w.-]{1,253}["']?:[ \t]{1,8})(?<value>[^\n]+)$/.exec(
        line,
      )?.groups;
      if (pair === undefined)
        return /^[+-]?[ \t]{0,200}["']?[\w.-]{1,253}["']?:$/.test(line)
          ? line
          : line.replace(/\S[^\n]*$/, '***');
      return /^(?:[|>][+-]?\d?|\{\}|null|""|''|\*\*\*|\{\{.*)$/.test(pair['value']!.trim())
        ? line
        : `${pair['keep']}***`;
    })
    .join('\n');
}

const DATA = /(?<keep>\\?"(?:data|stringData)\\?"\s{0,8}:\s{0,8}\{)(?<pairs>[^{}]{0,100000})\}/g;

function maskedJson(text: string): string {
  if (!/"kind\\?"\s{0,8}:\s{0,8}\\?"Secret\\?"/.test(text)) return text;
  return text.replace(DATA, (_whole, keep: string, pairs: string) => {
    const masked = pairs.replace(/(:\s{0,8}\\?")[^"\\\n]{1,100000}(?=\\?")/g, '$1***');
    return `${keep}${masked}}`;
  });
}
