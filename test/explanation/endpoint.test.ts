import { describe, expect, test } from 'vitest';
import { askModel, type ExplanationSettings } from '../../src/explanation/endpoint.ts';
import type { Question } from '../../src/explanation/question.ts';
import { saying, startModel, type Answering } from './model-stand-in.ts';

const QUESTION: Question = { key: 'k', messages: [{ role: 'user', content: 'Why?' }] };

const settings = (url: string, more: Partial<ExplanationSettings> = {}): ExplanationSettings => ({
  url,
  model: 'small',
  tokenVariable: null,
  maxTokens: 300,
  timeout: 2_000,
  ...more,
});

async function answerOf(answer: Answering, more: Partial<ExplanationSettings> = {}): Promise<string> {
  const { url } = await startModel(answer);
  return askModel(settings(url, more), QUESTION, {});
}

test('asks as OpenAI describes it, without tools and without a stream', async () => {
  const model = await startModel(saying('Because.'));
  const given = settings(`${model.url}/`, { tokenVariable: 'LLM_TOKEN' });
  expect(await askModel(given, QUESTION, { LLM_TOKEN: 'secret' })).toBe('Because.');
  expect(model.asked).toEqual([
    {
      path: '/v1/chat/completions',
      authorization: 'Bearer secret',
      body: {
        model: 'small',
        messages: QUESTION.messages,
        max_tokens: 300,
        temperature: 0,
        stream: false,
      },
    },
  ]);
});

test('sends no token where the settings name none, and asks nothing where its variable is not set', async () => {
  const model = await startModel(saying('Because.'));
  await askModel(settings(model.url), QUESTION, { LLM_TOKEN: 'secret' });
  expect(model.asked[0]!.authorization).toBeUndefined();
  await expect(askModel(settings(model.url, { tokenVariable: 'LLM_TOKEN' }), QUESTION, {})).rejects.toThrow(
    'LLM_TOKEN is not set',
  );
  expect(model.asked).toHaveLength(1);
});

describe('an answer that is none is refused', () => {
  test.each<readonly [string, Answering, string]>([
    [
      'a call of a tool',
      saying(null, { tool_calls: [{ function: { name: 'merge', arguments: '{}' } }] }),
      'no text',
    ],
    ['parts in place of text', saying([{ type: 'text', text: 'Because.' }]), 'no text'],
    ['no JSON', (response) => void response.end('<html>'), 'no JSON'],
    ['JSON of another kind', (response) => void response.end('[]'), 'no text'],
    ['a status', (response) => void response.writeHead(429).end('{}'), 'answers 429'],
    ['too much', (response) => void response.end(`"${'a'.repeat(300_000)}"`), 'more than 262144 bytes'],
  ])('%s', async (_what, answer, problem) => {
    await expect(answerOf(answer)).rejects.toThrow(problem);
  });

  test('a redirect, so that neither evidence nor token goes elsewhere', async () => {
    const elsewhere = await startModel(saying('Because.'));
    const redirecting = await startModel((response) => {
      response.writeHead(307, { location: `${elsewhere.url}/chat/completions` }).end();
    });
    const given = settings(redirecting.url, { tokenVariable: 'LLM_TOKEN' });
    await expect(askModel(given, QUESTION, { LLM_TOKEN: 'secret' })).rejects.toThrow('fetch failed');
    expect(elsewhere.asked).toEqual([]);
  });

  test('silence', async () => {
    await expect(answerOf(() => {}, { timeout: 50 })).rejects.toThrow(/timeout/i);
  });

  test('a stream without an end that is slow', async () => {
    await expect(
      answerOf((response) => void response.write('{"choices": ['), { timeout: 50 }),
    ).rejects.toThrow(/timeout/i);
  });

  test('a stream without an end that is fast', async () => {
    const pour: Answering = (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('a'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    await expect(answerOf(pour)).rejects.toThrow('more than 262144 bytes');
  });
});
