import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documented } from '../../scripts/rules.ts';

test('the docs say of the rules what the rules say of themselves', async () => {
  for (const [file, text] of await documented())
    expect(readFileSync(file, 'utf8'), `${file}: run npm run rules`).toBe(text);
});
