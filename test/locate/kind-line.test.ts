import { expect, test } from 'vitest';
import { kindLine } from '../../src/locate/kind-line.ts';

test.each([
  ['kind: Deployment\nmetadata: {}\n', 'Deployment'],
  ['# till\napiVersion: apps/v1\r\nkind: "Deployment" # of the till\r\n', 'Deployment'],
  ["'kind': Job\n", 'Job'],
])('%j says its kind', (text, kind) => {
  expect(kindLine(text)).toBe(kind);
});

test.each([
  'spec:\n  kind: Deployment\n',
  'kind: &a Deployment\n',
  'kind: !!str Deployment\n',
  'kind:\n  Deployment\n',
  '{\n"kind": "Deployment",\n"metadata": {}\n}\n',
  '{kind: Deployment}\n',
  '- kind: Deployment\n',
])('%j is parsed to find out', (text) => {
  expect(kindLine(text)).toBeNull();
});
