/**
 * Why an incident is not seen any more. `recovered`: its object is there, and does not show it. `scaled-to-zero`: the object asks for no
 * pods. `deleted`: the object is gone, or another one has its name.
 */
export type Ending = 'recovered' | 'scaled-to-zero' | 'deleted' | 'namespace-deleted';
