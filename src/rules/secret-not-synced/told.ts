import { namedBy } from '../../facts/named-objects.ts';
import { printFieldPath } from '../../kubernetes/field-path.ts';
import { leavesOf } from '../../kubernetes/leaves.ts';
import { recordAt, recordsOf, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Blame } from '../../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { SyncCause } from './causes.ts';

/** What a cause says of one object: the fields that decide, and what a person can do. */
export interface Told {
  readonly blames: readonly Blame[];
  readonly advice: Prose;
}

/** @param text what the controller says */
export function toldOf(cause: SyncCause, object: KubernetesObject, text: string): Told {
  const { namespace, name } = object.metadata;
  switch (cause) {
    case 'undecryptable': {
      const keys = Object.keys(recordAt(object, 'spec', 'encryptedData'));
      return {
        blames: keys
          .slice(0, 1)
          .map((key) => ({ object: refOf(object), field: printFieldPath(['spec', 'encryptedData', key]) })),
        advice: prose`Seal ${keys.length === 0 ? ownText('it') : listed(keys)} again for namespace ${namespace ?? ''}, name ${name}, with the certificate of this cluster (kubeseal --fetch-cert), or restore the sealing key that it was sealed with.`,
      };
    }
    case 'secret-not-owned':
      return {
        blames: field(object, 'spec.target.name'),
        advice: prose`Let one of the two write the Secret: kubectl get secret ${targetOf(object)} -n ${namespace ?? ''} -o yaml shows its owner.`,
      };
    case 'remote-key-missing':
      return ofRemoteKey(object, text);
    case 'credentials-missing':
      return ofCredentials(object, text);
    case 'access-denied':
      return {
        blames: referencesOf(object),
        advice: prose`Renew the credentials of the store, or grant them what the message names.`,
      };
    case 'store-not-allowed':
      return {
        blames: referencesOf(object),
        advice: prose`Add namespace ${namespace ?? ''} to spec.conditions of the ClusterSecretStore, or use a SecretStore of the namespace.`,
      };
    case 'template-failed':
      return {
        blames: ofTemplate(text).flatMap((path) => field(object, path)),
        advice: prose`Correct spec.target.template: it asks for a key that the data does not have, or does not parse.`,
      };
    case 'store-missing':
    case 'store-not-ready':
      return {
        blames: referencesOf(object),
        advice: prose`Run kubectl describe on the store: its condition says what its provider answers.`,
      };
    case 'not-synced':
      return {
        blames: referencesOf(object),
        advice: prose`Run kubectl describe ${object.kind.toLowerCase()} ${name} -n ${namespace ?? ''}: its events say what failed.`,
      };
  }
}

/** The entry that the message names: `error processing spec.data[0] (key: pier/keys), err: …`. */
function ofRemoteKey(object: KubernetesObject, text: string): Told {
  const [, list, index] = /spec\.(data|dataFrom)\[(\d+)\]/.exec(text) ?? [];
  const [, key] = /\(key: ([^)]+)\)|\bkey:? "([^"]+)"/.exec(text) ?? [];
  const items = recordsOf(recordAt(object, 'spec')['data']);
  const at = index === undefined ? items.findIndex((item) => remoteOf(item)['key'] === key) : Number(index);
  const path = list === 'dataFrom' ? `spec.dataFrom[${at}].extract` : `spec.data[${at}].remoteRef`;
  const remote = list === 'dataFrom' ? {} : remoteOf(items[at]);
  const isProperty =
    typeof remote['property'] === 'string' &&
    (/property/i.test(text) ||
      text.includes(`"${remote['property']}"`) ||
      text.includes(`key ${remote['property']} does not exist`));
  const named = isProperty ? `${String(remote['key'])}, property ${String(remote['property'])}` : key;
  return {
    blames: at < 0 ? referencesOf(object) : field(object, `${path}.${isProperty ? 'property' : 'key'}`),
    advice:
      named === undefined
        ? prose`Create the entry at the provider, or correct its name in the spec.`
        : prose`Create ${named} at the provider, or correct it in ${path}.`,
  };
}

function remoteOf(item: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return recordAt(item, 'remoteRef');
}

/** `unable to execute template at key url: …` */
function ofTemplate(text: string): readonly string[] {
  const [, key] = /template at key ([^:\s]+):/.exec(text) ?? [];
  return key === undefined ? [] : [printFieldPath(['spec', 'target', 'template', 'data', key])];
}

function ofCredentials(object: KubernetesObject, text: string): Told {
  const [, kind = 'secret', name] = /(secret|serviceaccount)s? "([^"]+)"/i.exec(text) ?? [];
  const leaves = [...leavesOf(object['spec'], ['spec'])];
  const fields = leaves.filter(([path, { value }]) => value === name && path.endsWith('.name'));
  return {
    blames: fields.slice(0, 1).map(([path]) => ({ object: refOf(object), field: path })),
    advice: prose`Create ${kind} ${name ?? ''}, with which the store signs in, in the namespace that the message names: it is not kept in git.`,
  };
}

/** The names of the stores that it uses. */
function referencesOf(object: KubernetesObject): readonly Blame[] {
  return namedBy(object)
    .filter(({ kind }) => kind.endsWith('SecretStore'))
    .map((reference) => ({ object: refOf(object), field: `${reference.field}.name` }));
}

function field(object: KubernetesObject, path: string): readonly Blame[] {
  return [{ object: refOf(object), field: path }];
}

function targetOf(object: KubernetesObject): string {
  const { name } = recordAt(object, 'spec', 'target');
  return typeof name === 'string' ? name : object.metadata.name;
}
