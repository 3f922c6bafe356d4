import { type HelmValues, REPOSITORY, VALUES } from './helm-sandbox.ts';
import { shortened } from './run.ts';

/** What Helm says, from the innermost template on: it tells the whole way there, and each template's name several times. */
export function helmMessage(stderr: string, folder: string): string {
  const error = stderr.split(/^Error: /m).at(-1)!;
  const line = spoken(error.replaceAll(`${folder}/`, '').replaceAll(folder, '.'))
    .replace(/\s*Use --debug flag to render out invalid YAML\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const innermost = /^.*(?:template: |execution error at \()([^\s:]+:\d+(?::\d+)?)\)?: (.*)$/.exec(line);
  if (!innermost) return shortened(line);
  const [, place, what] = innermost;
  return shortened(`${place}: ${what!.replace(/^executing "[^"]*" at <.*?>: (?=\S)/, '')}`);
}

/** Paths as the repository has them. */
export function spoken(text: string): string {
  return text.replaceAll(`${REPOSITORY}/`, '');
}

export function withNames(message: string, values: readonly HelmValues[]): string {
  return message.replace(VALUES, (_written, index: string) => {
    const each = values[Number(index)];
    return each?.kind === 'file' ? each.path : 'its values';
  });
}
