import type { Foresight } from '../../model/foresight.ts';
import { configContent } from './config-content.ts';
import { customVersions } from './custom-versions.ts';
import { immutableFields } from './immutable-fields.ts';
import { lostSelectors } from './lost-selectors.ts';
import { objectNames } from './object-names.ts';
import { namespaces } from './namespaces.ts';
import { podTemplates } from './pod-templates.ts';
import { portNames } from './port-names.ts';
import { removedApis } from './removed-apis.ts';
import { resources } from './resources.ts';
import { roleBindings } from './role-bindings.ts';
import { selectorMismatch } from './selector-mismatch.ts';
import { unknownFields } from './unknown-fields.ts';

/** What no rule diagnoses, most of it since the API server refuses it before anything runs. By the id that reports name. */
export const checks: Readonly<Record<string, Foresight>> = {
  'config-content': configContent,
  'custom-resource': customVersions,
  fields: unknownFields,
  'immutable-field': immutableFields,
  'lost-selector': lostSelectors,
  'object-name': objectNames,
  namespace: namespaces,
  'own-selector': selectorMismatch,
  'pod-template': podTemplates,
  ports: portNames,
  'removed-api': removedApis,
  resources,
  'role-binding': roleBindings,
};
