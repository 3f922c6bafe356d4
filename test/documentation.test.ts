import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

test('the list of pages in the README has each page once', () => {
  const readme = read('README.md');
  const list = readme.slice(readme.indexOf('## Documentation'), readme.indexOf('## Failures'));
  const listed = [...list.matchAll(/^- \[([\w-]+\.md)\]\(docs\/\1\): .+$/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(pages.toSorted());
});

/** As GitHub makes anchors of headings. */
function anchorsIn(text: string): ReadonlySet<string> {
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe.each(['README.md', ...pages.map((name) => `docs/${name}`)])('%s', (page) => {
  test('links to files and headings that exist', () => {
    const text = read(page).replace(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.flatMap(([, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return [target];
      const isThere = anchor === undefined || !target.endsWith('.md') || anchorsIn(read(target)).has(anchor);
      return isThere ? [] : [`${target}#${anchor}`];
    });
    expect(broken).toEqual([]);
  });
});
