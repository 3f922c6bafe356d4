import { challengeOf, type Stage } from '../../facts/issuance.ts';
import { recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { leavesOf } from '../../kubernetes/leaves.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Blame } from '../../model/finding.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { IssueCause } from './causes.ts';

/** Where git has what a Certificate says: in itself, or in the Ingress whose annotation had it made. */
export interface Written {
  readonly object: KubernetesObject;
  /** The field that names the issuer. */
  readonly issuer: string;
  /** Where git would have the domain or the Secret: a field whose value is this. */
  valueOf(value: string): readonly Blame[];
}

/** https://cert-manager.io/docs/usage/ingress/#supported-annotations */
const ANNOTATIONS: Readonly<Record<string, string>> = {
  ClusterIssuer: 'cert-manager.io/cluster-issuer',
  Issuer: 'cert-manager.io/issuer',
};

export function writtenFor(cluster: ClusterState, object: ClusterObject): Written {
  const owner = cluster.ownerOf(object).object;
  const kind = String(recordAt(object, 'spec', 'issuerRef')['kind'] ?? 'Issuer');
  const annotation = ANNOTATIONS[kind];
  const isFromAnnotation =
    owner !== undefined &&
    owner !== object &&
    annotation !== undefined &&
    owner.metadata.annotations?.[annotation] !== undefined;
  const source = isFromAnnotation ? owner : object;
  return {
    object: source,
    issuer: isFromAnnotation ? `metadata.annotations["${annotation}"]` : 'spec.issuerRef.name',
    valueOf(value) {
      const leaf = [...leavesOf(source['spec'], ['spec'])].find(
        ([, one]) => one.value === value || (Array.isArray(one.value) && one.value.includes(value)),
      );
      if (!leaf) return [];
      const [path, one] = leaf;
      const field = Array.isArray(one.value) ? `${path}[${one.value.indexOf(value)}]` : path;
      return [{ object: refOf(source), field }];
    },
  };
}

/** What a cause says of a Certificate or an issuer: the fields that decide, and what a person can do. */
export function toldOf(
  cause: IssueCause,
  object: ClusterObject,
  stages: readonly Stage[],
  written: Written,
): { readonly blames: readonly Blame[]; readonly advice: Prose } {
  const { namespace, name } = object.metadata;
  const deepest = stages.at(-1);
  const challenge = deepest ? challengeOf(deepest) : null;
  const domain = challenge?.domain ?? domainIn(stages, object);
  const ofDomain = domain === null ? [] : written.valueOf(domain);
  const issuer = [{ object: refOf(written.object), field: written.issuer }];
  switch (cause) {
    case 'challenge-failed':
      return { blames: ofDomain, advice: ofChallenge(challenge?.type ?? null, domain) };
    case 'rate-limited':
      return {
        blames: ofDomain,
        advice: prose`Wait for the time that the authority names; meanwhile let nothing delete the Secret, since each deletion places a new order.`,
      };
    case 'order-refused':
      return {
        blames: ofDomain,
        advice: prose`Correct what the authority names: the domain, its CAA records, or the account in the issuer's spec.acme.`,
      };
    case 'solver-missing':
      return {
        blames: [...ofDomain, ...issuer],
        advice: prose`Give the issuer a solver whose selector covers ${domain ?? 'the domain'} (spec.acme.solvers).`,
      };
    case 'secret-shared':
      return {
        blames: written.valueOf(String(recordAt(object, 'spec')['secretName'])),
        advice: prose`Give each Certificate a spec.secretName of its own.`,
      };
    case 'credentials-missing':
      return {
        blames: issuer,
        advice: prose`Create the Secret that the message names; a ClusterIssuer reads it in the namespace of cert-manager, an Issuer in its own.`,
      };
    case 'access-denied':
      return {
        blames: issuer,
        advice: prose`Renew the credentials that the issuer uses, or grant them what the message names.`,
      };
    case 'request-denied':
      return {
        blames: issuer,
        advice: prose`Ask the owner of the approver: kubectl get certificaterequestpolicies shows what it allows.`,
      };
    default:
      return {
        blames: object.kind === 'Certificate' ? issuer : [],
        advice:
          object.kind === 'Certificate'
            ? prose`Run cmctl status certificate ${name} -n ${namespace ?? ''}: it lists request, order and challenges with their events.`
            : prose`Run kubectl describe ${object.kind.toLowerCase()} ${name}${namespace === undefined ? ownText('') : prose` -n ${namespace}`}: its condition says what the authority answers.`,
      };
  }
}

/** The domain that an authority's words name, of those that the certificate is for. */
function domainIn(stages: readonly Stage[], object: ClusterObject): string | null {
  const { dnsNames, commonName } = recordAt(object, 'spec');
  const domains = [dnsNames, commonName].flat().filter((one) => typeof one === 'string');
  const said = stages.map(({ says }) => says).join('\n');
  return domains.find((domain) => said.includes(domain)) ?? (domains.length === 1 ? domains[0]! : null);
}

function ofChallenge(type: string | null, domain: string | null): Prose {
  const name = domain ?? 'the domain';
  if (type === 'DNS-01')
    return prose`Check the TXT record: dig TXT _acme-challenge.${name}; it must be in the zone that the name servers of ${name} serve.`;
  if (type === 'HTTP-01')
    return prose`Check that ${name} resolves to this cluster's ingress and that port 80 answers: curl -i http://${name}/.well-known/acme-challenge/test`;
  return prose`Check that ${name} resolves to this cluster and that the solver can answer: kubectl describe challenges`;
}
