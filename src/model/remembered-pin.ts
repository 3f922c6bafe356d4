/** An autoscaler that asks for more replicas than its maximum, in every reading since a time. Its conditions keep the time of their last change only. */
export interface RememberedPin {
  readonly kind: 'pin';
  readonly id: string;
  /** The last reading that is noted. */
  readonly at: number;
  /** Its uid. */
  readonly autoscaler: string;
  readonly namespace: string | null;
  readonly maximum: number;
  readonly since: number;
}
