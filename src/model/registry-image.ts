/** What an image registry says of a reference. */
export interface RegistryImage {
  /** `missing` only where the registry shows the repository to us and says that this is not in it. */
  readonly reference: 'present' | 'missing' | 'unknown';
  /** Every tag of the repository; null where they could not be listed to the end. */
  readonly tags: readonly string[] | null;
}

/** Answers what registries have. Null: may not be asked. */
export interface ImageSource {
  image(reference: string): Promise<RegistryImage | null>;
}
