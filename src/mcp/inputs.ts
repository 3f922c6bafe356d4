import { z } from 'zod';

/** Inputs that several tools take. Lengths are in UTF-16 units. */

const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\0\r\n]*$/, 'one line');

export const object = line(320)
  .regex(/^[A-Za-z]+\/[^/\s]+$/, 'expected <Kind>/<name>, such as Deployment/cart')
  .describe('The object by its rendered name: <Kind>/<name>, such as Deployment/cart');

export const namespace = line(63).describe('Namespace of the object').optional();

export const apiVersion = line(320).describe('apiVersion of the object, where kinds share a name').optional();

export const root = line(1000)
  .describe(
    'Only this root: a folder of the repository, or Application|Kustomization|HelmRelease/<namespace>/<name>',
  )
  .optional();

export const field = line(1000).describe(
  'The field as kubectl explain writes it; list items by name or index: spec.template.spec.containers[name=server].image',
);

export const value = z
  .string()
  .max(10_000)
  .regex(/^[^\0]*$/)
  .describe('The new value, as text; it takes the type of the field');

export const revision = line(300).regex(/^[^-]/, 'a branch, a tag or a commit');

/** The flags of {@link object} to {@link field}. */
export const FIELD_FLAGS = {
  object: 'object',
  namespace: 'namespace',
  apiVersion: 'api-version',
  root: 'root',
  field: 'field',
} as const;
