import { withoutHidden } from '../untrusted/hidden.ts';
import { mask } from '../untrusted/mask.ts';

/** In UTF-16 units: what a person reads beside the evidence. */
const LONGEST = 900;
/** What is longer was not meant as an answer; only its beginning is read. */
const LONGEST_READ = 20_000;
/** Letters that make a sentence. */
const LEAST = 20;

/**
 * What a model wrote, as plain sentences: without HTML, Markdown, links, mentions, references, commands, control characters and secrets, in one
 * paragraph. Null where nothing is left that could be an explanation.
 */
export function plainAnswer(written: string): string | null {
  const text = stripped(written.slice(0, LONGEST_READ));
  if ((text.match(/\p{L}/gu) ?? []).length < LEAST) return null;
  return shortened(mask(text));
}

/** What one step takes out may make something of what stood around it, so all steps run until nothing changes. */
function stripped(written: string): string {
  let text = written;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = STEPS.reduce((rest, step) => step(rest), text);
    if (next === text) return text;
    text = next;
  }
  // Nobody writes like this to be read.
  return '';
}

const MOST_ROUNDS = 20;

const STEPS: readonly ((text: string) => string)[] = [
  // Escape sequences of terminals, then all other characters that no reader sees.
  // eslint-disable-next-line no-control-regex
  (text) => text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g, ''),
  (text) => withoutHidden(text.replace(/\r\n?/g, '\n')).replace(/[^\P{C}\n]/gu, ''),
  // What a model thinks aloud is no answer.
  (text) => text.replace(/<think>[^]*?(?:<\/think>|$)/gi, ''),
  (text) => text.replace(/<!--[^]*?(?:-->|$)/g, ''),
  (text) => text.replace(/<\/?[A-Za-z][^<>]*>?/g, ''),
  // Images and links leave their words; addresses leave nothing.
  (text) => text.replace(/!?\[([^\][]*)\]\([^()]*\)/g, '$1'),
  (text) => text.replace(/!?\[([^\][]*)\]\[[^\][]*\]/g, '$1'),
  (text) =>
    text.replace(
      /(?:[a-z0-9+.-]{0,30}:\/\/|\b(?:www\.|mailto:|javascript:|data:))\S*/gi,
      '(address left out)',
    ),
  // Blocks of code hold commands, if anything.
  (text) => text.replace(/(`{3,}|~{3,})[^]*?(?:\1|$)/g, ''),
  (text) => text.replace(/^[\s>]*(?:#{1,6}|[-*+]|\d+[.)])\s+/gm, ''),
  (text) => text.replace(/^\s*\/(?=[a-z])/gim, '').replace(/\/(?=rca\b)/gi, ''),
  (text) => text.replace(/[@#](?=[\w-])|\bGH-(?=\d)/g, ''),
  (text) => text.replace(/[`*|\\~[\]{}<>]/g, ''),
  (text) => text.replace(/--+/g, '-').replace(/\s+/g, ' ').trim(),
];

function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  const cut = text.slice(0, LONGEST);
  const end = Math.max(cut.lastIndexOf('. '), cut.lastIndexOf('! '), cut.lastIndexOf('? '));
  return end > LONGEST / 2 ? cut.slice(0, end + 1) : `${cut.slice(0, cut.lastIndexOf(' '))}…`;
}
