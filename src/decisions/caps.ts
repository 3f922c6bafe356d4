import type { Config } from '../config/schema.ts';
import { canonicalRepository, parseImage } from '../kubernetes/images.ts';
import { leafName } from '../kubernetes/field-path.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Change } from '../model/change.ts';
import { shownValue } from '../model/change-wording.ts';
import type { Settable } from '../model/finding.ts';
import { ownText, plainText, prose, untrusted, type Prose } from '../untrusted/prose.ts';

export type Capped =
  { readonly kind: 'value'; readonly value: string } | { readonly kind: 'refused'; readonly why: Prose };

type Proposed = Change;

/** In UTF-16 units. */
const LONGEST_VALUE = 500;

/**
 * Whether a value may take the place of the one that Faultline proposes, and how it is written in full. `changes` are all of the
 * proposal. A person may choose another value of the sort that the cause states, not another change. Every path on which a value
 * comes in asks this, wherever the value was kept meanwhile: a comment, the store, a description.
 */
export function withinCaps(
  change: Proposed,
  text: string,
  {
    settable,
    changes,
    limits,
  }: {
    readonly settable: Settable | undefined;
    readonly changes: readonly Proposed[];
    readonly limits: Config['limits'];
  },
): Capped {
  const unwritable = notWritable(text);
  if (unwritable) return refused(unwritable);
  switch (settable?.to) {
    case 'tag':
      return imageValue(String(change.before ?? change.after ?? ''), text);
    case 'amount':
      return amountValue(change, text, changes, limits.memoryFactor);
    case 'number':
      return numberValue(change, text, settable.times);
    case 'name':
      return nameValue(text);
    case 'text':
      return text === '' ? refused(ownText('An empty value is none.')) : { kind: 'value', value: text };
    case undefined:
      return refused(
        ownText('This value cannot be set by a command. Edit the file in a pull request of your own.'),
      );
  }
}

/** What could not be kept or written as it is, whatever the field. */
function notWritable(text: string): Prose | null {
  if (text.length > LONGEST_VALUE) return ownText('A value has at most 500 characters.');
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) || !text.isWellFormed())
    return ownText('A value is one line of text without control characters.');
  return plainText(untrusted(text)) === text
    ? null
    : ownText(
        'This looks like a secret or has characters that nobody sees, and would be readable by everybody here.',
      );
}

function refused(why: Prose): Capped {
  return { kind: 'refused', why };
}

/** Another tag or digest of the same image; a tag may stand alone. */
function imageValue(proposed: string, text: string): Capped {
  const current = parseImage(proposed);
  const isTag = /^\w[\w.-]{0,127}$/.test(text) && current !== null && current.name !== text;
  const full = isTag ? `${current.name}:${text}` : text;
  const wanted = parseImage(full);
  if (wanted === null) return refused(prose`${text} is not an image reference.`);
  if (current !== null && canonicalRepository(wanted.name) !== canonicalRepository(current.name))
    return refused(
      prose`This finding is about the image ${current.name}; only its tag or digest can be set.`,
    );
  return { kind: 'value', value: full };
}

/** As people write quantities: no sign, no thousandths of a byte. */
const QUANTITY = /^\d{1,18}(?:\.\d{1,9})?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE]\d{1,2})?$/;

/** Not below what it is now, above neither the cap nor what was proposed, and no request above its limit. */
function amountValue(change: Proposed, text: string, changes: readonly Proposed[], factor: number): Capped {
  const wanted = QUANTITY.test(text) ? parseQuantity(text) : null;
  if (wanted === null || wanted <= 0) return refused(prose`${text} is not a quantity such as ${'768Mi'}.`);
  const now = parseQuantity(change.before);
  const proposed = parseQuantity(change.after) ?? 0;
  const most = Math.max((now ?? proposed) * factor, proposed);
  if (leafName(change.field) !== 'cpu' && text.endsWith('m'))
    return refused(prose`${text} is not a whole number of bytes.`);
  if (now !== null && wanted < now)
    return refused(prose`${text} is less than the ${shown(change)} of now, and the container needs more.`);
  if (wanted > most)
    return refused(
      prose`${text} is more than ${factor} times ${now === null ? ownText('what is proposed') : prose`the ${shown(change)} of now`}, and ${'limits.memoryFactor'} is ${factor}. Beyond that, edit the file in a pull request of your own.`,
    );
  const limit = counterpart(change, changes, 'requests', 'limits');
  if (limit !== null && wanted > limit.amount)
    return refused(prose`A request of ${text} is above the limit of ${limit.text}. Set the limit first.`);
  const request = counterpart(change, changes, 'limits', 'requests');
  if (request !== null && wanted < request.amount)
    return refused(prose`A limit of ${text} is below the request of ${request.text}. Set the request first.`);
  return { kind: 'value', value: text };
}

function shown({ field, before }: Proposed) {
  return shownValue(field, before);
}

/** The limit that belongs to a request, or the other way round, as it is proposed. */
function counterpart(
  { object, field }: Proposed,
  changes: readonly Proposed[],
  from: 'limits' | 'requests',
  to: 'limits' | 'requests',
): { readonly amount: number; readonly text: string } | null {
  if (!field.text.includes(`.resources.${from}.`)) return null;
  const other = field.text.replace(`.resources.${from}.`, `.resources.${to}.`);
  const change = changes.find((one) => one.field.text === other && one.object.name === object.name);
  const amount = parseQuantity(change?.after);
  return amount === null ? null : { amount, text: String(change!.after) };
}

function numberValue({ before, after }: Proposed, text: string, times: number): Capped {
  const wanted = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (wanted < 1) return refused(prose`${text} is not a whole number of at least 1.`);
  const now = typeof before === 'number' ? before : null;
  if (now !== null && wanted < now)
    return refused(prose`${text} is less than the ${now} of now, and more are needed.`);
  const proposed = typeof after === 'number' ? after : 0;
  const most = Math.max((now ?? proposed) * times, proposed);
  if (wanted > most)
    return refused(
      prose`${text} is more than ${times} times what it is now. Beyond that, edit the file in a pull request of your own.`,
    );
  return { kind: 'value', value: text };
}

/** Names and keys of ConfigMaps and Secrets: https://kubernetes.io/docs/concepts/configuration/configmap/ */
function nameValue(text: string): Capped {
  return /^[\w.-]{1,253}$/.test(text)
    ? { kind: 'value', value: text }
    : refused(prose`${text} is not a name that a ConfigMap, a Secret or a key of one can have.`);
}
