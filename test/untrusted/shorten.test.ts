import { describe, expect, test } from 'vitest';
import { shortened, shortenedLines } from '../../src/untrusted/shorten.ts';

const IMAGE = 'registry.internal.example/platform/checkout/payments-api-gateway:2.15.1-hotfix.20260131';

describe('shortened keeps the reason of', () => {
  const messages: readonly (readonly [name: string, message: string, reason: string])[] = [
    [
      'containerd',
      `Failed to pull image "${IMAGE}": rpc error: code = NotFound desc = failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": ${IMAGE}: not found`,
      'not found',
    ],
    [
      'containerd, refused',
      `Failed to pull image "${IMAGE}": failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ],
    [
      'CRI-O',
      `Failed to pull image "${IMAGE}": rpc error: code = Unknown desc = unable to pull image or OCI artifact: pull image err: initializing source docker://${IMAGE}: reading manifest 2.15.1-hotfix.20260131 in registry.internal.example/platform/checkout/payments-api-gateway: manifest unknown; artifact err: get manifest: build image source: reading manifest`,
      'manifest unknown',
    ],
    [
      'the kubelet that backs off',
      `Back-off pulling image "${IMAGE}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": failed to do request: Head "https://registry.internal.example/v2/platform/checkout/payments-api-gateway/manifests/2.15.1": dial tcp: lookup registry.internal.example on 10.96.0.10:53: server misbehaving`,
      'dial tcp: lookup registry.internal.example on 10.96.0.10:53: server misbehaving',
    ],
    [
      'a registry that answers in JSON',
      `Failed to pull image "${IMAGE}": unexpected status code 403 Forbidden: {"errors":[{"code":"DENIED","message":"The image is retained only for paying accounts","detail":{"repository":"${'x'.repeat(200)}"}}]}`,
      'DENIED: The image is retained only for paying accounts',
    ],
    [
      'several lines',
      `failed to start\n${'  wrapped: '.repeat(40)}\nopen /etc/app/config.yaml: no such file or directory`,
      'open /etc/app/config.yaml: no such file or directory',
    ],
  ];

  test.each(messages)('%s', (_name, message, reason) => {
    const short = shortened(message);
    expect(short).toContain(reason);
    expect(short.length).toBeLessThanOrEqual(300);
  });

  test.each(messages)('%s, in 200 characters', (_name, message, reason) => {
    const short = shortened(message, 200);
    expect(short).toContain(reason.slice(-60));
    expect(short.length).toBeLessThanOrEqual(200);
  });
});

describe('shortened', () => {
  test('leaves what fits as it is', () => {
    const message = `Failed to pull image "${IMAGE}": rpc error: code = NotFound desc = not found`;
    expect(shortened(message)).toBe(message);
  });

  test('names the image once, and where it failed first', () => {
    const message = `Failed to pull image "${IMAGE}": rpc error: code = NotFound desc = failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": ${IMAGE}: not found`;
    expect(shortened(message, 240)).toBe(`Failed to pull image "${IMAGE}": ${IMAGE}: not found`);
    expect(shortened(message, 180)).toBe(`Failed to pull image "${IMAGE}": …: not found`);
  });

  test('lets the scheduler speak, but for what it says about preemption', () => {
    const why = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';
    const message = `0/3 nodes are available: ${why}, 1 node(s) had untolerated taint {node.kubernetes.io/memory-pressure: }, 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.`;
    expect(shortened(message)).toBe(message.slice(0, message.indexOf(' preemption')));
  });

  test('keeps both ends of a name', () => {
    const short = shortened(`registry.example/${'a'.repeat(400)}:2.15.1`, 100);
    expect(short).toMatch(/^registry\.example\/a+…a+:2\.15\.1$/);
  });

  test('keeps the first and the last lines', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n');
    const short = shortenedLines(lines).split('\n');
    expect(short).toHaveLength(12);
    expect(short.at(0)).toBe('line 0');
    expect(short.at(-1)).toBe('line 39');
  });

  test('leaves the name of an error whole', () => {
    const message = `the repository server failed ${'to render the manifests '.repeat(14)}: MalformedYAMLError: yaml: line 19: did not find expected key`;
    expect(shortened(message)).toContain('MalformedYAMLError: yaml: line 19');
  });
});
