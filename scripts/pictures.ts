/**
 * `npm run pictures`: what people get to read, as GitHub shows it, to be looked at: the pull requests of the demo, issues and
 * comments, and the status page, in light and dark and as wide as a phone. Needs Chromium.
 *
 *     out/pictures/<page>.html                the page
 *     out/pictures/<page>-light.png, …        pictures of it
 *
 * With `--docs`, the pictures in `docs/pictures` are made again as well.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pullRequestsOf, runDemo, type DemoReport } from './demo.ts';
import { findChromium, openChromium, picture, type Shot } from './pictures/chromium.ts';
import { pageHtml, type Page } from './pictures/github-page.ts';
import { EXAMPLE, slackMessageHtml } from './pictures/slack-message.ts';
import { servicePages } from './pictures/service-pages.ts';
import { statusPictures } from './pictures/status-pictures.ts';

const SHOTS: Readonly<Record<string, Shot>> = {
  light: { width: 1012, height: null, scale: 1, scheme: 'light' },
  dark: { width: 1012, height: null, scale: 1, scheme: 'dark' },
  phone: { width: 390, height: null, scale: 2, scheme: 'light' },
};

/** For the README: what is seen first, down to the proof. */
const DOCS_SHOT = { width: 840, height: 660, scale: 1.5 };
/** As wide as a channel. */
const SLACK_SHOT = { width: 700, height: 280, scale: 1.5 };
const DOCS_PAGE = 'oom-killed';

const AUTHOR = 'faultline[bot]';

/** The pull requests of the demo, each named after its rule. */
export function pullRequestPages(report: DemoReport): readonly Page[] {
  return pullRequestsOf(report).map(({ title, body, branch, base, draft }, index) => {
    const { rule } = report.incidents.find(({ pullRequest }) => pullRequest?.branch === branch)!;
    return {
      name: rule,
      title,
      number: 41 + index,
      state: draft ? 'Draft' : 'Open',
      branches: { from: branch, into: base },
      labels: ['faultline', `faultline: ${rule}`],
      author: AUTHOR,
      posts: [{ author: AUTHOR, body }],
    };
  });
}

async function main(args: readonly string[]): Promise<void> {
  const program = findChromium();
  if (program === null)
    throw new Error('Chromium is not on PATH: install it (`apt-get install chromium`), then run this again');
  const report = runDemo(resolve('out/demo'));
  const pages = [...pullRequestPages(report), ...(await servicePages(resolve('out/demo/repository')))];
  const folder = resolve('out/pictures');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const browser = await openChromium(program);
  try {
    const slack = resolve(folder, 'slack-message.html');
    writeFileSync(slack, slackMessageHtml(EXAMPLE));
    for (const scheme of ['light', 'dark'] as const) {
      const png = await picture(browser, pathToFileURL(slack).href, { ...SLACK_SHOT, scheme });
      writeFileSync(resolve(folder, `slack-message-${scheme}.png`), png);
      if (args.includes('--docs')) writeFileSync(resolve(`docs/pictures/slack-message-${scheme}.png`), png);
    }
    for (const page of pages) {
      const file = resolve(folder, `${page.name}.html`);
      writeFileSync(file, pageHtml(page));
      const take = async (shot: Shot, target: string): Promise<void> => {
        const png = await picture(browser, pathToFileURL(file).href, shot);
        writeFileSync(target, png);
        console.log(`${relative(process.cwd(), target)}  ${Math.ceil(png.length / 1024)} kB`);
      };
      for (const [name, shot] of Object.entries(SHOTS))
        await take(shot, resolve(folder, `${page.name}-${name}.png`));
      if (args.includes('--docs') && page.name === DOCS_PAGE)
        for (const scheme of ['light', 'dark'] as const)
          await take({ ...DOCS_SHOT, scheme }, resolve(`docs/pictures/pull-request-${scheme}.png`));
    }
    const docs = args.includes('--docs') ? resolve('docs/pictures') : null;
    await statusPictures(browser, SHOTS, { folder, docs });
  } finally {
    await browser.close();
  }
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`pictures: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
