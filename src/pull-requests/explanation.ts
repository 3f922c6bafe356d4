import { heading, paragraph, type Block } from '../model/block.ts';
import type { Incident } from '../model/incident.ts';
import { ownText, prose, untrusted } from '../untrusted/prose.ts';

/** Characters in a line; what a model wrote has no lines of its own. */
const WIDTH = 96;

/** What a language model wrote about the error, set apart from all that is known; nothing where it wrote nothing. */
export function explanationSection({ explanation }: Pick<Incident, 'explanation'>): readonly Block[] {
  if (explanation === undefined) return [];
  return [
    heading('Explanation by a language model'),
    paragraph(
      prose`${explanation.model} ${ownText('wrote this from the quoted log. It is not proven, and nothing was decided by it')}`,
    ),
    { kind: 'code', language: 'text', text: untrusted(wrapped(explanation.text)) },
  ];
}

function wrapped(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}
