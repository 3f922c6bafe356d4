import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import type { Scheme } from './github-page.ts';

/** Names under which Chromium is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of the browser on PATH, null where there is none. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Chromium's sandbox refuses to work for root, and only our own pages are opened. */
export function openChromium(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
}

export interface Shot {
  /** In CSS pixels. */
  readonly width: number;
  /** Null for the whole page. */
  readonly height: number | null;
  /** Device pixels for a CSS pixel. */
  readonly scale: number;
  readonly scheme: Scheme;
}

/** A PNG of a page of ours. @param ready a promise of the page that says when it is */
export async function picture(browser: Browser, url: string, shot: Shot, ready = 'drawn'): Promise<Buffer> {
  const { width, height, scale, scheme } = shot;
  const page = await browser.newPage({
    viewport: { width, height: height ?? 800 },
    deviceScaleFactor: scale,
    colorScheme: scheme,
  });
  try {
    await page.goto(url);
    await page.evaluate(ready);
    return await page.screenshot({ fullPage: height === null });
  } finally {
    await page.close();
  }
}
