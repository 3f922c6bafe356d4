import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { writeEnvFile } from '../../src/commands/env-file.ts';
import { madeFolder } from '../git/made-repository.ts';

const PEM = '"-----BEGIN KEY-----\nabc=\n-----END KEY-----"';

test('a new file is for its owner alone', () => {
  const file = join(madeFolder(), '.env');
  writeEnvFile(file, { APP_ID: '7', PRIVATE_KEY: PEM });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(parseEnv(readFileSync(file, 'utf8'))).toEqual({ APP_ID: '7', PRIVATE_KEY: PEM.slice(1, -1) });
});

test('a file that everybody could read is closed, and keeps its other lines', () => {
  const folder = madeFolder();
  const file = join(folder, '.env');
  writeFileSync(file, '# ours\nLOG_LEVEL=debug\nAPP_ID=1\nPRIVATE_KEY="old\nlines"\nAPP_IDEA=x', {
    mode: 0o644,
  });
  writeEnvFile(file, { APP_ID: '7', PRIVATE_KEY: PEM });
  const text = readFileSync(file, 'utf8');
  expect(text.split('\n').slice(0, 2)).toEqual(['# ours', 'LOG_LEVEL=debug']);
  expect(parseEnv(text)).toEqual({
    LOG_LEVEL: 'debug',
    APP_IDEA: 'x',
    APP_ID: '7',
    PRIVATE_KEY: PEM.slice(1, -1),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['.env']);
});

test('a secret that GitHub did not make is not written as a word', () => {
  const file = join(madeFolder(), '.env');
  writeEnvFile(file, { APP_ID: '7', WEBHOOK_SECRET: null });
  expect(readFileSync(file, 'utf8')).toBe('APP_ID=7\n');
});
