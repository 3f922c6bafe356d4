import { InputError } from '../errors/input-error.ts';
import { FieldPathError, parseFieldPath } from '../kubernetes/field-path.ts';
import { kindNamed } from '../kubernetes/kind-names.ts';

/**
 * What `--object` names, or another argument.
 *
 * @throws {InputError} for what is not `<Kind>/<name>`
 */
export function parseObject(
  text: string,
  flag = '--object',
): { readonly kind: string; readonly name: string } {
  const [kind, name, ...rest] = text.split('/');
  if (!kind || !name || rest.length > 0 || !/^[A-Za-z]+$/.test(kind))
    throw new InputError(`${flag} ${text}: expected <Kind>/<name>, such as Deployment/cart`);
  return { kind: kindNamed(kind), name };
}

/** @throws {InputError} for a text that is no field path */
export function checkField(field: string): void {
  try {
    parseFieldPath(field);
  } catch (error) {
    if (error instanceof FieldPathError)
      throw new InputError(`--field ${field}: column ${error.column}: ${error.message}`, { cause: error });
    throw error;
  }
}
