import type { Service } from '../service.ts';

/** What is shown of a service, or of what a replica has of it. */
export interface ShownService extends Pick<Service, 'scans'> {
  readonly clusters: Pick<Service['clusters'], 'all' | 'problemOf' | 'latest'>;
}
