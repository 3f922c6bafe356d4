import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, openChromium } from '../../scripts/pictures/chromium.ts';
import type { StatusViews } from '../../src/service/status/status-views.ts';
import type { StatusSource } from '../../src/status-page/source.ts';
import type { ShownIncident } from '../../src/status-page/views.ts';
import { prose, untrusted } from '../../src/untrusted/prose.ts';
import { madeService } from '../service/made-service.ts';
import { HOSTILE as TEXTS_OF_STRANGERS } from '../untrusted/hostile.ts';
import { servedFrom, servedPage, viewsOf, type ServedPage } from './served.ts';

/** Also names as long as Kubernetes lets them be, without a place to break them, and texts from right to left. */
const HOSTILE: readonly string[] = [
  ...TEXTS_OF_STRANGERS,
  'w'.repeat(253),
  `${'very-long-name.'.repeat(16)}end`,
  'عنقود الإنتاج '.repeat(20),
  '\u2067'.repeat(200),
];

const PHONE = { width: 375, height: 720 };
const DESK = { width: 1280, height: 800 };
/** A browser takes its time where others use the machine. */
const PATIENCE = { timeout: 180_000 };

// Where CI is set, a missing browser is a failure, as with all programs that tests need.
describe.skipIf(findChromium() === null && !process.env['CI'])('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium(findChromium()!);
  }, 60_000);
  afterAll(() => browser.close());

  /** Opens a page as most people have it, and fails where the console says anything. */
  async function opened(
    { address }: ServedPage,
    path: string,
    { viewport = DESK, colorScheme = 'light' as const, ...others }: Parameters<Browser['newPage']>[0] = {},
    work: (page: Page) => Promise<void>,
  ): Promise<void> {
    const page = await browser.newPage({ viewport, colorScheme, ...others });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(`${address}${path}`);
    await work(page);
    expect(said).toEqual([]);
    await page.close();
  }

  /** A service with one incident, and the paths of its pages. */
  async function served(): Promise<{ readonly page: ServedPage; readonly paths: readonly string[] }> {
    const made = await madeService();
    await made.service.scan('prod');
    const [incident] = await made.store.incidents.list();
    const paths = [
      '/',
      `/incidents/${incident!.fingerprint}`,
      '/decisions',
      '/clusters',
      '/repositories',
      '/configuration',
      '/report',
      '/blame?object=deploy/cart&namespace=shop&field=spec.replicas',
    ];
    return { page: await servedPage(made), paths };
  }

  test(
    'every page is whole without script, in light and dark, and no wider than a phone',
    PATIENCE,
    async () => {
      const { page, paths } = await served();
      for (const path of paths)
        await opened(page, path, {}, async (tab) => {
          expect(await tab.locator('script').count()).toBe(0);
          for (const viewport of [PHONE, DESK]) {
            await tab.setViewportSize(viewport);
            const width = await tab.evaluate('document.documentElement.scrollWidth');
            expect(width, `${path} at ${viewport.width}`).toBeLessThanOrEqual(viewport.width);
          }
          for (const colorScheme of ['light', 'dark'] as const) {
            await tab.emulateMedia({ colorScheme });
            const [ground, text] = (await tab.evaluate(
              `(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))`,
            )) as [string, string];
            expect(lightnessOf(ground) < lightnessOf(text)).toBe(colorScheme === 'dark');
          }
        });
    },
  );

  test(
    'the keyboard reaches every link, box and table in the order of the page, the skip link first',
    PATIENCE,
    async () => {
      const { page, paths } = await served();
      for (const path of paths)
        await opened(page, path, {}, async (tab) => {
          const wanted = await tab.evaluate(
            `[...document.querySelectorAll('a, summary, input, select, button, [tabindex="0"]')].filter((one) => one.checkVisibility()).length`,
          );
          const seen: string[] = [];
          for (let press = 0; press < Number(wanted); press += 1) {
            await tab.keyboard.press('Tab');
            seen.push(String(await tab.evaluate('document.activeElement.outerHTML.slice(0, 200)')));
            const outline = await tab.evaluate('getComputedStyle(document.activeElement).outlineStyle');
            expect(outline, seen.at(-1)).not.toBe('none');
          }
          expect(seen[0]).toContain('class="skip"');
          expect(new Set(seen).size).toBeGreaterThan(3);
          expect(seen.filter((one) => one.startsWith('<body'))).toEqual([]);
        });
    },
  );

  test('landmarks, headings and tables are told to a screen reader', PATIENCE, async () => {
    const { page, paths } = await served();
    for (const path of paths)
      await opened(page, path, { viewport: PHONE }, async (tab) => {
        for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const)
          expect(await tab.getByRole(role).count(), `${role} of ${path}`).toBe(1);
        expect(await tab.getByRole('navigation', { name: 'Pages' }).count()).toBe(1);
        expect(await tab.getByRole('heading', { level: 1 }).count()).toBe(1);
        const levels = (await tab.evaluate(
          `[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))`,
        )) as number[];
        for (const [index, level] of levels.entries())
          expect(level - (levels[index - 1] ?? 0), `heading ${index} of ${path}`).toBeLessThanOrEqual(1);
        const ids = (await tab.evaluate(
          `[...document.querySelectorAll('[id]')].map(({ id }) => id)`,
        )) as string[];
        expect(new Set(ids).size).toBe(ids.length);
      });
    await opened(page, '/', { viewport: PHONE }, async (tab) => {
      const table = tab.getByRole('table', { name: 'Failing now' });
      expect(await table.getByRole('columnheader').allTextContents()).toEqual([
        'Culprit',
        'Line in git',
        'Proposal',
        'Since',
      ]);
      expect(await table.getByRole('rowheader').count()).toBe(1);
    });
  });

  test('axe finds nothing that would keep somebody from using a page', PATIENCE, async () => {
    const { page, paths } = await served();
    for (const path of paths)
      await opened(page, path, { viewport: PHONE }, async (tab) => {
        await tab.evaluate(axe());
        for (const viewport of [PHONE, DESK]) {
          await tab.setViewportSize(viewport);
          expect(await tab.evaluate(FOUND_BY_AXE), `${path} at ${viewport.width}`).toEqual([]);
        }
      });
  });

  test('tables of figures scroll on a phone, and break no word', PATIENCE, async () => {
    const { page } = await served();
    await opened(page, '/report', { viewport: PHONE }, async (tab) => {
      const heights = (await tab.evaluate(
        `[...document.querySelectorAll('.scroll th, .scroll td')].map(({ offsetHeight }) => offsetHeight)`,
      )) as number[];
      expect(heights.length).toBeGreaterThan(9);
      expect(Math.max(...heights)).toBeLessThan(40);
    });
  });

  test('all texts stand out from what is behind them, as WCAG AA asks', PATIENCE, async () => {
    const { page, paths } = await served();
    for (const path of paths)
      await opened(page, path, {}, async (tab) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await tab.emulateMedia({ colorScheme });
          const pairs = (await tab.evaluate(TEXTS)) as readonly (readonly [string, string, string])[];
          expect(pairs.length).toBeGreaterThan(10);
          const faint = pairs.filter(([text, ground]) => contrast(text, ground) < 4.5);
          expect(faint, `${path} in ${colorScheme}`).toEqual([]);
        }
      });
  });

  test('hostile texts stay text', PATIENCE, async () => {
    const made = await madeService();
    await made.service.scan('prod');
    const real = viewsOf(made);
    const { incidents: [incident] = [] } = await real.overview();
    const page = await servedFrom(hostile(real, incident!));
    const paths = [
      '/',
      `/incidents/${incident!.fingerprint}`,
      '/decisions',
      '/clusters',
      '/repositories',
      '/configuration',
      '/report',
    ];
    for (const path of paths)
      await opened(page, path, { viewport: PHONE }, async (tab) => {
        const strange =
          'script, img, iframe, object, form:not(.filter), base, b:not(.tally b), meta[http-equiv]';
        expect(await tab.locator(strange).count()).toBe(0);
        const hosts = (await tab.evaluate(
          `[...document.querySelectorAll('a')].map(({ href }) => new URL(href).hostname)`,
        )) as string[];
        expect(hosts.length).toBeGreaterThan(3);
        expect([...new Set(hosts)]).toEqual(['127.0.0.1']);
        expect(await tab.locator('main').textContent()).toContain('<script>alert(1)</script>');
        expect(await tab.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(
          PHONE.width,
        );
      });
  });
});

/** The same views, with hostile texts wherever something from outside is shown. */
function hostile(real: StatusViews, incident: ShownIncident): StatusSource {
  const changed = HOSTILE.map((text): ShownIncident => ({
    ...incident,
    cluster: text,
    container: text,
    cause: text,
    told: prose`${text}`,
    summary: text,
    object: { apiVersion: text, kind: text, namespace: text, name: text },
    place: { kind: 'ignored', by: text, reason: text },
    proposal: { pullRequest: 1, title: text },
    remote: { slug: text, url: text },
    repository: text,
    line: untrusted(text),
  }));
  const clusters = HOSTILE.map((text) => ({ name: text, scannedAt: 0, problem: text, isAway: true }));
  const place = { file: HOSTILE.join(''), line: 1, column: 1 };
  const errors = HOSTILE.map((message) => ({ ...place, message }));
  return {
    clusters: async () => ({
      now: 0,
      clusters: clusters.map((one) => ({
        ...one,
        source: one.name,
        isWatched: true,
        repositories: null,
        version: one.name,
        objects: 1,
        lag: 1,
        kinds: [{ resource: one.name, namespace: one.name, status: 'forbidden' as const }],
        problems: [{ where: one.name, message: one.name }],
        failing: 1,
      })),
    }),
    repositories: async () => ({
      now: 0,
      repositories: HOSTILE.map((text) => ({
        name: text,
        branch: text,
        remote: { slug: text, url: text },
        commit: text,
        paused: text,
        notices: [text],
        scans: [{ repository: text, cluster: text, scannedAt: 0, problem: text }],
        configErrors: errors,
        open: 1,
        waiting: 1,
      })),
      limits: [
        {
          installation: HOSTILE.join(''),
          resource: HOSTILE.join(''),
          limit: 2,
          remaining: 1,
          resetAt: 1,
          saidAt: 0,
        },
      ],
    }),
    decisions: async () => ({
      now: 0,
      decisions: changed.map(({ fingerprint, cluster, object, rule, cause, summary }) => {
        const decision = { action: 'decline', reason: summary, draft: true, policy: summary } as const;
        return { fingerprint, cluster, object, rule, cause, decision, lastSeen: 0, isNow: true };
      }),
    }),
    worth: async (days) => {
      const { now, report } = await real.worth(days);
      const groups = HOSTILE.map((text) => ({ ...report!.total, rule: text, team: text }));
      const offenders = HOSTILE.map((text) => ({ cluster: text, object: text, incidents: 2, rules: [text] }));
      const abstentions = HOSTILE.map((text) => ({ reason: text, incidents: 1 }));
      return { now, report: { ...report!, groups, offenders, abstentions } };
    },
    configuration: async () => {
      const settings = HOSTILE.map((text) => ({ name: text, value: text, origin: text }));
      return { now: 0, repositories: [{ name: HOSTILE.join(''), settings, errors }], service: settings };
    },
    overview: async () => ({ ...(await real.overview()), incidents: changed, clusters }),
    incident: async (fingerprint) => {
      const found = await real.incident(fingerprint);
      if (found === null || 'partOf' in found || found.result === null) return found;
      const { result } = found;
      const text = HOSTILE.join(' ');
      const finding = {
        ...result.incident.finding,
        evidence: HOSTILE.map(
          (one) => ({ source: 'log', ref: one, at: null, text: untrusted(one) }) as const,
        ),
        chart: {
          title: text,
          unit: text,
          points: [
            [0, 1],
            [3_600_000, 2],
          ],
          line: { label: text, value: 2 },
        } as const,
      };
      const shown = changed.find(({ cluster }) => cluster === '<script>alert(1)</script>')!;
      return { ...found, incident: shown, result: { ...result, incident: { ...result.incident, finding } } };
    },
  };
}

/** https://github.com/dequelabs/axe-core as text, since a page's own policy would not let it in. */
function axe(): string {
  return readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
}

/** Rules that are broken, each with the elements that break it. */
const FOUND_BY_AXE = `axe
  .run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`;

/** Every text that is seen: its colour, what is behind it, and itself. */
const TEXTS = `(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const isClear = (colour) => /^rgba\\(.*, 0\\)$/.test(colour);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const parent = walker.currentNode.parentElement;
    if (text === '' || !parent.checkVisibility() || parent.closest('svg, .skip, .hidden')) continue;
    let behind = parent;
    while (behind && isClear(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    found.push([getComputedStyle(parent).color, getComputedStyle(behind ?? document.body).backgroundColor, text.slice(0, 60)]);
  }
  return found;
})()`;

function channelsOf(colour: string): readonly number[] {
  return [...colour.matchAll(/[\d.]+/g)].slice(0, 3).map(([text]) => Number(text) / 255);
}

/** Relative luminance, by https://www.w3.org/TR/WCAG22/#dfn-relative-luminance. */
function lightnessOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour).map((one) =>
    one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [lightnessOf(one), lightnessOf(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
