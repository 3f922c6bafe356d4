import { describe, expect, test } from 'vitest';
import { literalsIn } from '../../../src/locate/helm/template-text.ts';

/** What a template's lines write out, as `key=text`, with what tells how it is written. */
function written(...lines: readonly string[]): readonly string[] {
  const text = lines.join('\n');
  return literalsIn('t.yaml', text).map((literal) => {
    expect(text.slice(literal.start, literal.end)).toBe(literal.text);
    return `${literal.key}=${literal.text}${literal.isPart ? ' (part)' : ''}${literal.inFlow ? ' (flow)' : ''}`;
  });
}

describe('the literals of one line', () => {
  test('a whole value, in quotes or with a comment behind it', () => {
    expect(written('port: 8080', 'mode: "fast"', 'level: info # for now')).toEqual([
      'port=8080',
      'mode=fast',
      'level=info',
    ]);
  });

  test('what stands around expressions', () => {
    expect(written('name: {{ .Release.Name }}-settings', 'url: "http://{{ .a }}-x:{{ .b }}/v1"')).toEqual([
      'name=-settings (part)',
      'url=http:// (part)',
      'url=-x: (part)',
      'url=/v1 (part)',
    ]);
  });

  test('the tag of an image is told from its name', () => {
    expect(written('image: {{ .Values.registry }}/till:3.1.0')).toEqual([
      'image=/till (part)',
      'image=3.1.0 (part)',
    ]);
  });

  test('what stands between braces and brackets', () => {
    expect(
      written('httpGet: {path: "/alive, {now}", port: http} # soon', 'args: [--a, "--b={{ .Values.b }}:80"]'),
    ).toEqual([
      'path=/alive, {now} (flow)',
      'port=http (flow)',
      'args=--a (flow)',
      'args=--b= (part) (flow)',
      'args=:80 (part) (flow)',
    ]);
  });

  test('what names an object is none', () => {
    expect(
      written('kind: Deployment', 'metadata: {name: till, labels: {app: till}}', 'ref: {kind: A, name: b}'),
    ).toEqual(['app=till (flow)', 'name=b (flow)']);
  });

  test.each([
    ['an expression alone', 'name: {{ .Release.Name }}'],
    ['signs between expressions', 'image: {{ .a }}:{{ .b }}'],
    ['an action that goes on in the next line', 'name: a-{{ include "x"'],
    ['a mapping that goes on in the next line', 'httpGet: {path: /alive,'],
    ['something behind a mapping', 'a: {b: c}{{ end }} d'],
    ['an alias, a tag, a block', 'a: *b'],
    ['a text with escapes', 'a: "b\\n{{ .c }}-d"'],
  ])('not %s', (_, line) => {
    expect(written(line)).toEqual([]);
  });
});
