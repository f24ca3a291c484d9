// The probes. Ready: the caches are filled. Alive: what must go on by itself goes on.
import { type Answer, text } from './http-server.ts';

/** One thing that is ready, or is not, for a reason that a person can read. */
export interface Check {
  readonly name: string;
  readonly isOk: () => boolean;
}

/** 200 when every check is; else 503 with the names of those that are not. */
export function probe(checks: readonly Check[]): () => Answer {
  return () => {
    const failed = checks.filter(({ isOk }) => !isOk());
    return failed.length === 0
      ? text(200, 'ok')
      : text(503, failed.map(({ name }) => `not ok: ${name}`).join('\n'));
  };
}
