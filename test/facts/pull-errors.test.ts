import { describe, expect, test } from 'vitest';
import { classifyPullFailure, type PullError } from '../../src/facts/pull-errors.ts';

const SHA = `sha256:${'4f'.repeat(32)}`;

/** How containerd words a failure to look up the reference. */
function containerd(code: string, reference: string, error: string): string {
  return `rpc error: code = ${code} desc = failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${error}`;
}

/** How CRI-O words a failure to read the manifest. */
function crio(reference: string, error: string): string {
  const colon = reference.lastIndexOf(':');
  return `initializing source docker://${reference}: reading manifest ${reference.slice(colon + 1)} in ${reference.slice(0, colon)}: ${error}`;
}

function dockershim(error: string): string {
  return `rpc error: code = Unknown desc = Error response from daemon: ${error}`;
}

type Case = readonly [who: string, image: string, message: string];

const CASES: Readonly<Partial<Record<PullError, readonly Case[]>>> = {
  'unsupported-format': [
    [
      'containerd, a schema 1 manifest',
      'quay.io/acme/cart:v1',
      'rpc error: code = Unimplemented desc = failed to pull and unpack image "quay.io/acme/cart:v1": not implemented: media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild the image as "application/vnd.docker.distribution.manifest.v2+json" or "application/vnd.oci.image.manifest.v1+json"',
    ],
    [
      'Docker, a schema 1 manifest',
      'quay.io/acme/cart:v1',
      'Error response from daemon: [DEPRECATION NOTICE] Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is disabled by default and will be removed in an upcoming release.',
    ],
  ],
  'registry-policy': [
    [
      'containerd, Harbor',
      'harbor.acme.example/shop/cart:v9',
      'failed to pull and unpack image "harbor.acme.example/shop/cart:v9": failed to resolve reference "harbor.acme.example/shop/cart:v9": unexpected status from HEAD request to https://harbor.acme.example/v2/shop/cart/manifests/v9: 412 Precondition Failed',
    ],
    [
      'Docker, Harbor',
      'harbor.acme.example/shop/cart:v9',
      'Error response from daemon: unknown: current image with 12 vulnerabilities cannot be pulled due to configured policy in \'Prevent images with vulnerability severity of "Critical" or higher from running.\'',
    ],
  ],
  'tag-not-found': [
    [
      'containerd, Docker Hub',
      'nginx:1.99',
      containerd('NotFound', 'docker.io/library/nginx:1.99', 'docker.io/library/nginx:1.99: not found'),
    ],
    [
      'containerd, GHCR',
      'ghcr.io/acme/cart:v9',
      containerd('NotFound', 'ghcr.io/acme/cart:v9', 'ghcr.io/acme/cart:v9: not found'),
    ],
    [
      'containerd, behind the kubelet’s back-off',
      'nginx:1.99',
      `Back-off pulling image "nginx:1.99": ErrImagePull: ${containerd('NotFound', 'docker.io/library/nginx:1.99', 'docker.io/library/nginx:1.99: not found')}`,
    ],
    [
      'containerd, in an event',
      'nginx:1.99',
      `Failed to pull image "nginx:1.99": ${containerd('NotFound', 'docker.io/library/nginx:1.99', 'docker.io/library/nginx:1.99: not found')}`,
    ],
    [
      'containerd 1.2',
      'nginx:1.99',
      'rpc error: code = Unknown desc = failed to resolve image "docker.io/library/nginx:1.99": no available registry endpoint: docker.io/library/nginx:1.99 not found',
    ],
    ['CRI-O, Quay', 'quay.io/acme/cart:v9', crio('quay.io/acme/cart:v9', 'manifest unknown')],
    [
      'CRI-O, Docker Hub',
      'nginx:1.99',
      `rpc error: code = Unknown desc = ${crio('docker.io/library/nginx:1.99', 'manifest unknown: manifest unknown')}`,
    ],
    [
      'CRI-O 1.18',
      'quay.io/acme/cart:v9',
      'rpc error: code = Unknown desc = Error reading manifest v9 in quay.io/acme/cart: manifest unknown: manifest unknown',
    ],
    [
      'CRI-O, an expired tag on Quay',
      'quay.io/acme/cart:v9',
      crio(
        'quay.io/acme/cart:v9',
        'unknown: Tag v9 was deleted or has expired. To pull, revive via time machine',
      ),
    ],
    [
      'CRI-O, Harbor',
      'harbor.acme.example/shop/cart:9',
      crio('harbor.acme.example/shop/cart:9', 'unknown: artifact shop/cart:9 not found'),
    ],
    [
      'Docker, Docker Hub',
      'acme/cart:v9',
      dockershim('manifest for acme/cart:v9 not found: manifest unknown: manifest unknown'),
    ],
    [
      'Docker, ECR',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cart:9',
      dockershim(
        'manifest for 123456789012.dkr.ecr.eu-west-1.amazonaws.com/cart:9 not found: manifest unknown: Requested image not found',
      ),
    ],
    [
      'Docker, GCR',
      'gcr.io/acme/cart:9',
      dockershim(
        'manifest for gcr.io/acme/cart:9 not found: manifest unknown: Failed to fetch "9" from request "/v2/acme/cart/manifests/9".',
      ),
    ],
    [
      'Docker, ACR',
      'acme.azurecr.io/cart:9',
      dockershim(
        'manifest for acme.azurecr.io/cart:9 not found: manifest unknown: manifest tagged by "9" is not found',
      ),
    ],
    [
      'containerd with several credentials, one of which the registry knows',
      'europe-docker.pkg.dev/acme/shop/cart:9',
      `[${containerd('NotFound', 'europe-docker.pkg.dev/acme/shop/cart:9', 'europe-docker.pkg.dev/acme/shop/cart:9: not found')}, failed to pull and unpack image "europe-docker.pkg.dev/acme/shop/cart:9": failed to resolve reference "europe-docker.pkg.dev/acme/shop/cart:9": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://europe-docker.pkg.dev/v2/token?scope=repository%3Aacme: 403 Forbidden]`,
    ],
    [
      'an image whose name and tag sound like other failures',
      'registry.acme.example/denied/x509:429-timeout',
      containerd(
        'NotFound',
        'registry.acme.example/denied/x509:429-timeout',
        'registry.acme.example/denied/x509:429-timeout: not found',
      ),
    ],
    [
      'CRI-O with such a tag',
      'quay.io/acme/unauthorized:no-such-host',
      crio('quay.io/acme/unauthorized:no-such-host', 'manifest unknown'),
    ],
  ],
  'digest-not-found': [
    [
      'containerd',
      `ghcr.io/acme/cart@${SHA}`,
      containerd('NotFound', `ghcr.io/acme/cart@${SHA}`, `ghcr.io/acme/cart@${SHA}: not found`),
    ],
    [
      'containerd, with a tag',
      `nginx:1.27@${SHA}`,
      containerd(
        'NotFound',
        `docker.io/library/nginx:1.27@${SHA}`,
        `docker.io/library/nginx:1.27@${SHA}: not found`,
      ),
    ],
    [
      'CRI-O',
      `quay.io/acme/cart@${SHA}`,
      `initializing source docker://quay.io/acme/cart@${SHA}: reading manifest ${SHA} in quay.io/acme/cart: manifest unknown`,
    ],
  ],
  'repository-not-found': [
    [
      'Docker, ECR',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/crat:9',
      dockershim(
        "repository 123456789012.dkr.ecr.eu-west-1.amazonaws.com/crat not found: name unknown: The repository with name 'crat' does not exist in the registry with id '123456789012'",
      ),
    ],
    [
      'CRI-O, Artifact Registry',
      'europe-docker.pkg.dev/acme/shp/cart:9',
      crio('europe-docker.pkg.dev/acme/shp/cart:9', 'name unknown: Repository "shp" not found'),
    ],
    [
      'Docker, ACR',
      'acme.azurecr.io/crat:9',
      dockershim(
        'manifest for acme.azurecr.io/crat:9 not found: name unknown: repository name not known to registry',
      ),
    ],
    [
      'CRI-O, Harbor',
      'harbor.acme.example/shp/cart:9',
      crio('harbor.acme.example/shp/cart:9', 'unknown: project shp not found'),
    ],
    [
      'CRI-O, Harbor, repository',
      'harbor.acme.example/shop/crat:9',
      crio('harbor.acme.example/shop/crat:9', 'unknown: repository shop/crat not found'),
    ],
  ],
  'content-missing': [
    [
      'containerd, a manifest of the index',
      'ghcr.io/acme/cart:v9',
      `rpc error: code = NotFound desc = failed to pull and unpack image "ghcr.io/acme/cart:v9": failed to copy: httpReadSeeker: failed open: content at https://ghcr.io/v2/acme/cart/manifests/${SHA} not found: not found`,
    ],
    [
      'CRI-O, a layer',
      'quay.io/acme/cart:v9',
      'copying system image from manifest list: reading blob ' + SHA + ': fetching blob: unknown blob',
    ],
  ],
  'platform-mismatch': [
    [
      'containerd, which ends in "not found"',
      'acme/cart:v9',
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/acme/cart:v9": no match for platform in manifest: not found',
    ],
    [
      'containerd, with the digest',
      'acme/cart:v9',
      `failed to pull and unpack image "docker.io/acme/cart:v9": no match for platform in manifest ${SHA}: not found`,
    ],
    [
      'CRI-O',
      'quay.io/acme/cart:v9',
      'choosing image instance: no image found in image index for architecture "arm64", variant "v8", OS "linux"',
    ],
    [
      'CRI-O, older',
      'quay.io/acme/cart:v9',
      'choosing an image from manifest list docker://quay.io/acme/cart:v9: no image found in manifest list for architecture arm64, variant "v8", OS linux',
    ],
    [
      'Docker',
      'acme/cart:v9',
      dockershim('no matching manifest for linux/arm64/v8 in the manifest list entries'),
    ],
    [
      'Docker on Windows',
      'acme/cart:v9',
      dockershim('no matching manifest for windows/amd64 10.0.17763 in the manifest list entries'),
    ],
  ],
  unauthorized: [
    [
      'containerd, Docker Hub, private or missing',
      'acme/cart:v9',
      containerd(
        'Unknown',
        'docker.io/acme/cart:v9',
        'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      ),
    ],
    [
      'containerd, GHCR',
      'ghcr.io/acme/cart:v9',
      containerd(
        'Unknown',
        'ghcr.io/acme/cart:v9',
        'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Aacme%2Fcart%3Apull&service=ghcr.io: 401 Unauthorized',
      ),
    ],
    [
      'Docker, GHCR',
      'ghcr.io/acme/cart:v9',
      dockershim('Head "https://ghcr.io/v2/acme/cart/manifests/v9": denied'),
    ],
    [
      'Docker, ECR',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cart:9',
      dockershim(
        'Head "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/cart/manifests/9": no basic auth credentials',
      ),
    ],
    [
      'containerd, ECR, an expired token',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cart:9',
      containerd(
        'Unknown',
        '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cart:9',
        'pulling from host 123456789012.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests 9]: 403 Forbidden',
      ),
    ],
    [
      'CRI-O, Artifact Registry, which also says that it may not exist',
      'europe-docker.pkg.dev/acme/shop/cart:9',
      crio(
        'europe-docker.pkg.dev/acme/shop/cart:9',
        'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "projects/acme/locations/europe/repositories/shop" (or it may not exist)',
      ),
    ],
    [
      'containerd, Artifact Registry',
      'europe-docker.pkg.dev/acme/shop/cart:9',
      containerd(
        'Unknown',
        'europe-docker.pkg.dev/acme/shop/cart:9',
        'failed to authorize: failed to fetch oauth token: unexpected status: 403 Forbidden',
      ),
    ],
    [
      'CRI-O, Quay',
      'quay.io/acme/cart:v9',
      crio('quay.io/acme/cart:v9', 'unauthorized: access to the requested resource is not authorized'),
    ],
    [
      'containerd, Quay',
      'quay.io/acme/cart:v9',
      containerd(
        'Unknown',
        'quay.io/acme/cart:v9',
        'unexpected status code [manifests v9]: 401 UNAUTHORIZED',
      ),
    ],
    [
      'CRI-O, Harbor',
      'harbor.acme.example/shop/cart:9',
      crio(
        'harbor.acme.example/shop/cart:9',
        'unauthorized: unauthorized to access repository: shop/cart, action: pull: unauthorized to access repository: shop/cart, action: pull',
      ),
    ],
    [
      'Docker, ACR',
      'acme.azurecr.io/cart:9',
      dockershim(
        'Head "https://acme.azurecr.io/v2/cart/manifests/9": unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information.',
      ),
    ],
    [
      'Docker Hub, a wrong password',
      'acme/cart:v9',
      dockershim('Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password'),
    ],
    [
      'CRI-O, a wrong password',
      'quay.io/acme/cart:v9',
      'initializing source docker://quay.io/acme/cart:v9: unable to retrieve auth token: invalid username/password: unauthorized: Invalid Username or Password',
    ],
    [
      'the kubelet, an image that another pod pulled with a secret',
      'acme/cart:v9',
      'Container image "acme/cart:v9" is present with pull policy of Never but does not have the proper credentials',
    ],
  ],
  'rate-limited': [
    [
      'containerd, Docker Hub',
      'acme/cart:v9',
      containerd(
        'Unknown',
        'docker.io/acme/cart:v9',
        'unexpected status from HEAD request to https://registry-1.docker.io/v2/acme/cart/manifests/v9: 429 Too Many Requests',
      ),
    ],
    [
      'Docker, Docker Hub',
      'acme/cart:v9',
      dockershim(
        'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
      ),
    ],
    [
      'CRI-O, ECR Public',
      'public.ecr.aws/acme/cart:9',
      crio('public.ecr.aws/acme/cart:9', 'toomanyrequests: Rate exceeded'),
    ],
    ['the kubelet', 'acme/cart:v9', 'pull QPS exceeded'],
  ],
  dns: [
    [
      'Docker',
      'acme/cart:v9',
      dockershim(
        'Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: server misbehaving',
      ),
    ],
    [
      'containerd',
      'registry.acme.example/cart:9',
      containerd(
        'Unknown',
        'registry.acme.example/cart:9',
        'failed to do request: Head "https://registry.acme.example/v2/cart/manifests/9": dial tcp: lookup registry.acme.example on 10.96.0.10:53: no such host',
      ),
    ],
    [
      'containerd, a resolver that does not answer',
      'acme/cart:v9',
      containerd(
        'Unknown',
        'docker.io/acme/cart:v9',
        'failed to do request: Head "https://registry-1.docker.io/v2/acme/cart/manifests/v9": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: read udp 10.0.0.7:38424->10.0.0.2:53: i/o timeout',
      ),
    ],
    [
      'CRI-O',
      'quay.io/acme/cart:v9',
      'pinging container registry quay.io: Get "https://quay.io/v2/": dial tcp: lookup quay.io: Temporary failure in name resolution',
    ],
    [
      'containerd, the token server',
      'acme/cart:v9',
      containerd(
        'Unknown',
        'docker.io/acme/cart:v9',
        'failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token": dial tcp: lookup auth.docker.io: no such host',
      ),
    ],
  ],
  tls: [
    [
      'containerd',
      'registry.acme.example/cart:9',
      containerd(
        'Unknown',
        'registry.acme.example/cart:9',
        'failed to do request: Head "https://registry.acme.example/v2/cart/manifests/9": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ),
    ],
    [
      'Docker',
      'registry.acme.example/cart:9',
      dockershim('Get https://registry.acme.example/v2/: x509: certificate has expired or is not yet valid'),
    ],
    [
      'CRI-O',
      'registry.acme.example/cart:9',
      'pinging container registry registry.acme.example: Get "https://registry.acme.example/v2/": remote error: tls: handshake failure',
    ],
    [
      'a registry that speaks plain HTTP',
      '10.0.0.9:5000/cart:9',
      containerd(
        'Unknown',
        '10.0.0.9:5000/cart:9',
        'failed to do request: Head "https://10.0.0.9:5000/v2/cart/manifests/9": http: server gave HTTP response to HTTPS client',
      ),
    ],
  ],
  timeout: [
    [
      'containerd',
      'acme/cart:v9',
      containerd(
        'Unknown',
        'docker.io/acme/cart:v9',
        'failed to do request: Head "https://registry-1.docker.io/v2/acme/cart/manifests/v9": dial tcp 54.236.113.205:443: i/o timeout',
      ),
    ],
    [
      'containerd, the token server',
      'acme/cart:v9',
      containerd(
        'DeadlineExceeded',
        'docker.io/acme/cart:v9',
        'failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token": context deadline exceeded',
      ),
    ],
    [
      'Docker',
      'acme/cart:v9',
      dockershim('Get https://registry-1.docker.io/v2/: net/http: TLS handshake timeout'),
    ],
    [
      'Docker, headers',
      'acme/cart:v9',
      dockershim(
        'Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      ),
    ],
    [
      'containerd, no progress',
      'acme/cart:v9',
      'rpc error: code = Canceled desc = failed to pull and unpack image "docker.io/acme/cart:v9": context canceled',
    ],
  ],
  'registry-unavailable': [
    [
      'containerd',
      'registry.acme.example/cart:9',
      containerd(
        'Unknown',
        'registry.acme.example/cart:9',
        'failed to do request: Head "https://registry.acme.example/v2/cart/manifests/9": dial tcp 10.0.0.9:443: connect: connection refused',
      ),
    ],
    [
      'CRI-O',
      'quay.io/acme/cart:v9',
      crio('quay.io/acme/cart:v9', 'received unexpected HTTP status: 502 Bad Gateway'),
    ],
    [
      'containerd, 503',
      'ghcr.io/acme/cart:v9',
      containerd(
        'Unknown',
        'ghcr.io/acme/cart:v9',
        'unexpected status from HEAD request to https://ghcr.io/v2/acme/cart/manifests/v9: 503 Service Unavailable',
      ),
    ],
    [
      'containerd, the token server',
      'ghcr.io/acme/cart:v9',
      containerd(
        'Unknown',
        'ghcr.io/acme/cart:v9',
        'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 500 Internal Server Error',
      ),
    ],
    ['Docker', 'acme/cart:v9', dockershim('Get https://registry-1.docker.io/v2/: EOF')],
  ],
  'short-name': [
    [
      'CRI-O 1.34',
      'acme/cart:v9',
      'short name mode is enforcing, but image name acme/cart:v9 returns ambiguous list',
    ],
  ],
  'invalid-name': [
    [
      'the kubelet',
      'Acme/cart:v9',
      'Failed to apply default image tag "Acme/cart:v9": couldn\'t parse image name "Acme/cart:v9": invalid reference format: repository name (Acme/cart) must be lowercase',
    ],
  ],
  'never-pull': [
    ['the kubelet', 'cart:local', 'Container image "cart:local" is not present with pull policy of Never'],
  ],
  'signature-rejected': [
    [
      'CRI-O',
      'quay.io/acme/cart:v9',
      'SignatureValidationFailed: copying system image from manifest list: Source image rejected: A signature was required, but no signature exists',
    ],
  ],
  'node-storage': [
    [
      'containerd',
      'acme/cart:v9',
      `failed to pull and unpack image "docker.io/acme/cart:v9": failed to extract layer ${SHA}: write /var/lib/containerd/x: no space left on device: unknown`,
    ],
    [
      'containerd, permissions of the node',
      'acme/cart:v9',
      `failed to pull and unpack image "docker.io/acme/cart:v9": failed to extract layer ${SHA}: mkdir /x: permission denied`,
    ],
  ],
  unknown: [
    ['only back-off', 'nginx:1.99', 'Back-off pulling image "nginx:1.99"'],
    ['only the kubelet’s reason', 'nginx:1.99', 'Error: ErrImagePull'],
    ['a page of a proxy', 'quay.io/acme/cart:v9', crio('quay.io/acme/cart:v9', 'StatusCode: 404, "<html>"')],
    [
      'a snapshotter of the node',
      'acme/cart:v9',
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/acme/cart:v9": unable to initialize unpacker: snapshotter stargz: not found',
    ],
    [
      'an image whose name sounds like a failure',
      'acme/denied:timeout',
      'Back-off pulling image "acme/denied:timeout"',
    ],
  ],
};

const TABLE = Object.entries(CASES).flatMap(([cause, cases]) =>
  cases.map(([who, image, message]) => ({ cause, who, image, message })),
);

describe('what the kubelet passes on', () => {
  test.each(TABLE)('is $cause: $who', ({ cause, image, message }) => {
    expect(classifyPullFailure({ reason: 'ErrImagePull', message, image })).toBe(cause);
  });

  test.each([
    ['InvalidImageName', 'invalid-name'],
    ['ErrImageNeverPull', 'never-pull'],
    ['RegistryUnavailable', 'registry-unavailable'],
    ['SignatureValidationFailed', 'signature-rejected'],
    ['ImagePullBackOff', 'unknown'],
  ] as const)('is told by the reason %s where there is no message', (reason, cause) => {
    expect(classifyPullFailure({ reason, message: '', image: 'acme/cart:v9' })).toBe(cause);
  });
});
