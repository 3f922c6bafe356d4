/**
 * The call or its input is unusable: exit status 2. The message names the flag, or the file and line, and says what is wrong
 * with it, so that nothing has to be added before it is shown.
 */
export class InputError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
  }
}
