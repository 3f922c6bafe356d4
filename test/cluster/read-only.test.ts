import { describe, expect, test } from 'vitest';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { ForbiddenRequest, onlyReading } from '../../src/cluster/read-only.ts';

function send(path: string, prefix = ''): 'sent' | 'refused' {
  const library = onlyReading({ send: () => 'sent' as const }, prefix);
  try {
    return library.send(new RequestContext(`https://server${path}`, HttpMethod.GET));
  } catch (error) {
    expect(error).toBeInstanceOf(ForbiddenRequest);
    return 'refused';
  }
}

describe('what a segment means is told by its place:', () => {
  test.each([
    '/api/v1/namespaces/proxy/pods/cart-1/log',
    '/api/v1/namespaces/secrets/pods/cart-1/log?container=exec',
    '/api/v1/namespaces/exec/pods/exec/log',
    '/api/v1/namespaces/shop/pods/attach/log',
    '/api/v1/namespaces/shop/pods/portforward',
    '/api/v1/namespaces/portforward/configmaps',
    '/api/v1/namespaces/secrets',
    '/apis/apps/v1/namespaces/proxy/deployments/secrets',
    '/api/v1/namespaces/watch/events',
    '/api',
    '/api/v1',
    '/apis/apps/v1',
    '/api/v1/pods?limit=500&continue=secrets',
    '/api/v1/pods?watch=1',
    '/api/v1/namespaces?watch=1',
    '/api/v1/namespaces/shop/pods?watch=1&resourceVersion=7',
    '/apis/apps/v1/namespaces/shop/deployments?watch=1',
  ])('GET %s is sent', (path) => expect(send(path)).toBe('sent'));

  test.each([
    '/api/v1/secrets',
    '/api/v1/secrets?watch=1',
    '/api/v1/namespaces/shop/secrets?watch=1',
    '/api/v1/pods?watch=1&watch=0',
    '/api/v1/namespaces/shop/pods/p?watch=1',
    '/api/v1/namespaces/shop/pods/p/log?watch=1',
    '/api/v1/namespaces/shop?watch=1',
    '/api/v1?watch=1',
    '/version?watch=1',
    '/api/v1/SECRETS',
    '/api/v1/namespaces/secrets/secrets',
    '/api/v1/namespaces/shop/secrets/exec/log',
    '/apis/any.example/v1/secrets',
    '/api/v1/namespaces/shop/pods/p/exec',
    '/api/v1/namespaces/shop/pods/p/%65xec',
    '/api/v1/namespaces/shop/pods/p/%2565xec',
    '/api/v1/namespaces/shop/pods/p/EXEC',
    '/api/v1/namespaces/shop/pods/p/log/exec',
    '/api/v1/namespaces/shop/pods/p/ephemeralcontainers',
    '/api/v1/namespaces/shop/pods/p/proxy/secrets',
    '/api/v1/namespaces/proxy/pods/p/portforward',
    '/api/v1/namespaces/shop/services/s/proxy',
    '/api/v1/namespaces/shop/services/s/log',
    '/api/v1/nodes/n/proxy/pods',
    '/api/v1/nodes/n/log',
    '/api/v1/proxy/namespaces/shop/pods/p',
    '/api/v1/watch/pods',
    '/api/v1//secrets',
    '/api//v1/secrets',
    '/api/v1/namespaces/shop//pods/p/exec',
    '/api/v1/secrets/',
    '/api/v1/pods/../secrets',
    '/api/v1/pods/%2e%2e/secrets',
    '/api/v1/pods/..%2fsecrets',
    '/api/v1/namespaces/shop/pods/p%2fexec',
    '/api/v1/namespaces/shop%2fsecrets/x/log',
    '/api/v1/namespaces/shop/pods/p%5cexec',
    '/api/v1/namespaces/shop/pods/p%00/log',
    '/api/v1/namespaces/shop/pods/%ff/log',
    '/api/v1/namespaces/shop/pods/p/exec/',
    '/api/v1/secrets//',
    '/logs/kube-apiserver.log',
    '/metrics',
    '/',
    '//api/v1/pods',
  ])('GET %s is refused', (path) => expect(send(path)).toBe('refused'));
});

describe('behind a server that has a path of its own', () => {
  const prefix = '/k8s/clusters/c-1';

  test('the same is sent and refused', () => {
    expect(send(`${prefix}/api/v1/namespaces/proxy/pods/p/log`, prefix)).toBe('sent');
    expect(send(`${prefix}/api/v1/secrets`, prefix)).toBe('refused');
  });

  test('nothing outside of that path is asked for', () => {
    expect(send('/api/v1/pods', prefix)).toBe('refused');
    expect(send(`${prefix}/../c-2/api/v1/pods`, prefix)).toBe('refused');
    expect(send(`${prefix}0/api/v1/pods`, prefix)).toBe('refused');
  });
});
