import { describe, expect, test } from 'vitest';
import { networkPluginIn, sandboxErrorIn } from '../../src/facts/sandboxes.ts';

describe('what keeps a sandbox from being made', () => {
  test.each<readonly [message: string, error: ReturnType<typeof sandboxErrorIn>]>([
    [
      'Failed to create pod sandbox: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"',
      'runtime-down',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial unix /var/run/crio/crio.sock: connect: connection refused"',
      'runtime-down',
    ],
    [
      'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      'network-not-ready',
    ],
    [
      'network is not ready: runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network plugin is not ready: cni config uninitialized',
      'network-not-ready',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1": plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
      'network-not-ready',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container "1" network for pod "a": networkPlugin cni failed to set up pod "a_b" network: unable to allocate IP address: Post "http://127.0.0.1:6784/ip/1": dial tcp 127.0.0.1:6784: connect: connection refused',
      'network-not-ready',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"',
      'network-not-ready',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1": plugin type="calico" failed (add): Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled',
      'addresses-exhausted',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1": plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.1.0.1-10.1.0.254',
      'addresses-exhausted',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.9": failed to pull image "registry.k8s.io/pause:3.9": i/o timeout',
      'pause-image',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed pulling image "k8s.gcr.io/pause:3.1": Error response from daemon',
      'pause-image',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: mkdir /run/containerd/x: no space left on device',
      'node-exhausted',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to reserve sandbox name "a": name "a" is reserved for "b"',
      'sandbox-failed',
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: container init was OOM-killed (memory limit too low?)',
      null,
    ],
    [
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "gvisor" is configured',
      null,
    ],
    ['error determining status of the volume', null],
  ])('%s', (message, error) => {
    expect(sandboxErrorIn(message)).toBe(error);
  });

  test('names the network plugin, and not what it calls', () => {
    expect(networkPluginIn('plugin type="calico" failed (add): x')).toBe('calico');
    expect(networkPluginIn('plugin type="portmap" failed (add): calico says no')).toBe('calico');
    expect(networkPluginIn('nothing of the kind')).toBeNull();
  });
});
