// What a client tells of its requests.
import { ApiError } from './errors.ts';

/** As Kubernetes calls what is asked for. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface ClientMetrics {
  /** A request is over, a watch once it is open or refused. `status` is undefined where no complete answer came. */
  ended(verb: Verb, of: { readonly status: number | undefined; readonly durationMs: number }): void;
}

/** Resolves and rejects like `ask`. */
export async function measured<T extends { readonly status: number }>(
  metrics: ClientMetrics | undefined,
  verb: Verb,
  ask: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const end = (status: number | undefined) =>
    metrics?.ended(verb, { status, durationMs: performance.now() - startedAt });
  try {
    const answer = await ask();
    end(answer.status);
    return answer;
  } catch (error) {
    end(error instanceof ApiError ? error.status : undefined);
    throw error;
  }
}
