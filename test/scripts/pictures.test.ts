import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findChromium, openChromium, picture } from '../../scripts/pictures/chromium.ts';
import { pageHtml, type Page } from '../../scripts/pictures/github-page.ts';
import { markdownToHtml } from '../../scripts/pictures/markdown.ts';
import { pullRequestText } from '../../src/pull-requests/pull-request-text.ts';
import { imageProposal, memoryProposal } from '../pull-requests/proposals.ts';

describe('a description as GitHub shows it', () => {
  test('has no Markdown left', () => {
    for (const proposal of [imageProposal(), memoryProposal()]) {
      const read = markdownToHtml(pullRequestText(proposal).body)
        .replaceAll(/<code>[^]*?<\/code>|<pre[^]*?<\/pre>|<!--[^]*?-->/g, '')
        .replaceAll(/<[^>]+>/g, '');
      expect(read).not.toMatch(/^#|\*\*|`|^> |\|--|\[!|\]\(/m);
    }
  });

  test('colours the lines of a diff', () => {
    const html = markdownToHtml('```diff\n--- a/x\n@@ -1 +1 @@\n-a: 1\n+a: 2\n```');
    expect(html).toContain('<span class="pl-md">-a: 1</span>\n<span class="pl-mi1">+a: 2</span>');
    expect(html).toContain('<span class="pl-mdr">@@ -1 +1 @@</span>');
  });

  test('frames an alert', () => {
    const html = markdownToHtml('> [!WARNING]\n> **A draft.** Look.');
    expect(html).toContain('class="markdown-alert markdown-alert-warning"');
    expect(html).not.toContain('[!WARNING]');
  });
});

// Where CI is set, a missing browser is a failure, as with all programs that tests need.
test.skipIf(findChromium() === null && !process.env['CI'])(
  'Chromium takes a picture of the whole page',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-pictures-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const post = { author: 'ana', body: Array(200).fill('line').join('\n\n') };
    const page: Page = {
      name: 'page',
      title: 'A page',
      number: 1,
      state: 'Open',
      branches: null,
      labels: [],
      author: 'ana',
      posts: [post],
    };
    writeFileSync(join(folder, 'page.html'), pageHtml(page));
    const browser = await openChromium(findChromium()!);
    const url = pathToFileURL(join(folder, 'page.html')).href;
    const png = await picture(browser, url, { width: 390, height: null, scale: 2, scheme: 'dark' });
    await browser.close();
    expect(png.readUInt32BE(16)).toBe(780);
    expect(png.readUInt32BE(20)).toBeGreaterThan(2 * 200 * 20);
  },
);
