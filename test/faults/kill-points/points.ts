// The points at which an operator can be killed: before a request is passed on, when it was carried out and the answer
// has not come, and when the answer has come; for every request that it makes.
import type { Exchange, Interference } from '../../support/interposer.ts';
import { isWatch } from '../../support/api-proxy.ts';

export const moments = ['before it arrives', 'before its answer', 'after its answer'] as const;
export type Moment = (typeof moments)[number];

export interface Point {
  /** What `requestName` says. */
  readonly request: string;
  /** Which one of that name, from 1. */
  readonly count: number;
  readonly moment: Moment;
}

export const titleOf = ({ request, count, moment }: Point): string =>
  `kill -9 at ${request}${count === 1 ? '' : ` (${count})`}, ${moment}`;

/** Who kills, kills at that moment; the connection of the dead is cut. */
export function killAt(moment: Moment, kill: () => Promise<unknown>): Interference {
  const step = async () => {
    await kill();
    return 'cut' as const;
  };
  switch (moment) {
    case 'before it arrives':
      return { beforeForwarding: step };
    case 'before its answer':
      return { beforeReplying: step };
    case 'after its answer':
      return { afterReplying: kill };
  }
}

/** Of every analysis, by name and by UID: what it is in each round of the story. */
export type Roles = ReadonlyMap<string, string>;

/** What a request is about, in words that are the same in every round; undefined where nobody counts it. */
export function requestName({ method, path, headers }: Exchange, roles: Roles): string | undefined {
  const id = headers['webhook-id'];
  if (typeof id === 'string') {
    const [uid, sequence] = [id.slice(0, id.lastIndexOf('-')), id.slice(id.lastIndexOf('-') + 1)];
    return `the POST of event ${sequence} of ${roles.get(uid)} to ${path.slice(path.lastIndexOf('/') + 1)}`;
  }
  const [resource = '', query = ''] = path.split('?', 2);
  const [, analysis] = /\/analyses\/([^/]+)(?:\/status)?$/.exec(resource) ?? [];
  if (analysis !== undefined)
    return `the ${method === 'GET' ? 'read' : 'write'} of the ledger of ${roles.get(analysis)}`;
  const [, plural] = /\/namespaces\/[^/]+\/(analyses|webhookendpoints)$/.exec(resource) ?? [];
  // Events and the statuses of endpoints are written when it is time for that, whatever happens.
  if (plural === undefined || method !== 'GET') return undefined;
  const which = query.includes('labelSelector=') ? `labelled ${plural}` : plural;
  return `the ${isWatch({ method, path }) ? 'watch' : 'list'} of ${which}`;
}
