import type { Story } from '../../src/model/story.ts';
import { storyText } from '../../src/notifications/texts.ts';
import { toSlack, type SlackBlock } from '../../src/writers/slack.ts';

/** The blocks of a message as HTML: Slack's layout as far as its documentation says it, to be looked at. */
export function slackMessageHtml(story: Story): string {
  const { blocks } = storyText(story, story.outcome);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A message in Slack</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; padding: 16px; font: 15px/22px Lato, "Noto Sans", "DejaVu Sans", sans-serif; background: light-dark(#fff, #1a1d21); color: light-dark(#1d1c1d, #d1d2d3); }
  .message { display: grid; grid-template-columns: 36px 1fr; gap: 8px; max-width: 660px; }
  .avatar { width: 36px; height: 36px; border-radius: 8px; background: #4a154b; color: #fff; display: grid; place-content: center; font-weight: 900; }
  .who { font-weight: 900; } .who span { font-weight: 400; font-size: 12px; color: light-dark(#616061, #ababad); }
  h1 { font-size: 18px; line-height: 24px; margin: 4px 0; }
  p { margin: 6px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
  code { font: 12px/18px monospace; padding: 2px 3px 1px; border-radius: 3px; border: 1px solid light-dark(#ddd, #43464a); background: light-dark(#f8f8f8, #222529); color: light-dark(#c01343, #e8912d); }
  a { color: light-dark(#1264a3, #1d9bd1); text-decoration: none; }
</style>
<div class="message"><div class="avatar">F</div><div><div class="who">Faultline <span>APP  3:12</span></div>
${blocksHtml(toSlack(blocks))}
</div></div><script>var drawn = document.fonts.ready;</script></html>
`;
}

function blocksHtml(blocks: readonly SlackBlock[]): string {
  return blocks
    .map((block) => {
      switch (block.type) {
        case 'header':
          return `<h1>${block.text.text.replaceAll('&', '&amp;')}</h1>`;
        case 'section':
          return `<p>${mrkdwnHtml(block.text.text)}</p>`;
        case 'context':
          return block.elements.map(({ text }) => `<p>${mrkdwnHtml(text)}</p>`).join('');
        case 'divider':
          return '<hr>';
      }
    })
    .join('\n');
}

/** Links, code and bold. What Slack has escaped is HTML already. */
function mrkdwnHtml(text: string): string {
  return text
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '<a href="$1">$2</a>')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/(^|\s)\*([^*]+)\*/g, '$1<b>$2</b>');
}

/** What a message about the demo's Deployment cart says. */
export const EXAMPLE: Story = {
  fingerprint: '9a3f0c1d2e4b5a67',
  episode: 1,
  cluster: 'prod-eu',
  rule: 'oom-killed',
  cause: 'limit-too-low',
  object: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
  culprit: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
  severity: 'critical',
  summary:
    'Container `server` of `Deployment shop/cart` was OOMKilled 4 times in 2 hours, with a memory limit of `512Mi`.',
  firstSeen: Date.parse('2026-07-29T03:12:00Z'),
  outcome: 'proposed',
  reason: 'the edit is proven and the confidence of 0.97 reaches the 0.9 that policy asks for',
  site: { repository: 'acme/infra', file: 'apps/cart/deployment.yaml', line: 31 },
  pullRequest: {
    repository: 'acme/infra',
    number: 41,
    url: 'https://github.com/acme/infra/pull/41',
    title: 'fix(cart): raise memory limit to 768Mi (OOMKilled at 512Mi)',
  },
  issue: null,
  goneSince: null,
  swings: 0,
};
