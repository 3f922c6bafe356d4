import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { picture, type Shot } from './chromium.ts';
import { statusScene } from './status-scene.ts';

/** Pages of the docs, and how much of each is shown there. */
const DOCS: readonly (readonly [name: string, page: string, shot: Omit<Shot, 'scheme'>])[] = [
  ['status-page', 'overview', { width: 1180, height: 900, scale: 1 }],
  ['status-page-incident', 'memory-near-limit', { width: 1180, height: 1100, scale: 1 }],
  ['status-page-phone', 'overview', { width: 375, height: 780, scale: 1.5 }],
];

/** A question that the scene can answer. */
const BLAMED = new URLSearchParams({
  object: 'Deployment/sonar',
  namespace: 'pier',
  field: 'spec.template.spec.containers[name=web].image',
});

/**
 * Pictures of every page of the status page.
 *
 * @param folder for `status-<page>-<shot>.png`
 * @param docs for the pictures of the docs; null to leave them as they are
 */
export async function statusPictures(
  browser: Browser,
  shots: Readonly<Record<string, Shot>>,
  { folder, docs }: { readonly folder: string; readonly docs: string | null },
): Promise<void> {
  const scene = await statusScene();
  try {
    const pages = new Map([
      ['overview', '/'],
      ['decisions', '/decisions'],
      ['clusters', '/clusters'],
      ['repositories', '/repositories'],
      ['configuration', '/configuration'],
      ['report', '/report?days=90'],
      ['blame', `/blame?${BLAMED}`],
      ...[...scene.fingerprints].map(([rule, fingerprint]) => [rule, `/incidents/${fingerprint}`] as const),
    ]);
    const take = async (page: string, shot: Shot, target: string): Promise<void> => {
      const png = await picture(browser, `${scene.address}${pages.get(page)!}`, shot, 'document.fonts.ready');
      writeFileSync(target, png);
      console.log(`${relative(process.cwd(), target)}  ${Math.ceil(png.length / 1024)} kB`);
    };
    for (const page of pages.keys())
      for (const [name, shot] of Object.entries(shots))
        await take(page, shot, resolve(folder, `status-${page}-${name}.png`));
    if (docs === null) return;
    for (const [name, page, shot] of DOCS)
      for (const scheme of ['light', 'dark'] as const)
        await take(page, { ...shot, scheme }, resolve(docs, `${name}-${scheme}.png`));
  } finally {
    await scene.close();
  }
}
