// Writes through the API, with the reasons of a refusal in the words that kubectl prints.
import { ApiError } from '../../../src/kube/errors.ts';

/** Resolves with what is wrong with a write, its lines joined by a comma; nothing where it was accepted. */
export async function refusalOf(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return '';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Only a refusal by the schema or a rule names fields.
    if (error.status !== 422) return error.message;
    return error.causes
      .filter(({ field }) => field !== '<nil>')
      .map(({ field, message }) => `${field}: ${message}`)
      .join(', ');
  }
}
