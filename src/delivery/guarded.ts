// Which addresses only their own /32 or /128 opens, whatever wide networks an administrator has listed: the
// API server's, where a request would come from inside the cluster, and the operator's own.
import { lookup } from 'node:dns/promises';

export interface OwnAddresses {
  /** The pod's, as the downward API gives `status.podIPs`; none outside of a pod. */
  pod: readonly string[];
  /** Every address of the API server that is known. */
  apiServer: readonly string[];
}

/** For `EgressRules.guarded`. */
export function guardedAddresses({ pod, apiServer }: OwnAddresses): readonly string[] {
  return [...new Set([...pod, ...apiServer])];
}

/** Finds all addresses of a host; that of `node:dns/promises`. */
type Lookup = (host: string, options: { all: true }) => Promise<readonly { address: string }[]>;

/**
 * The addresses behind the host of the API server's URL, looked up as the client itself does it; none where
 * the host cannot be looked up now, which the client will then complain of.
 * @param host as `URL.hostname` gives it
 */
export async function addressesOf(host: string, find: Lookup = lookup): Promise<readonly string[]> {
  try {
    const found = await find(host.replace(/^\[|\]$/g, ''), { all: true });
    return found.map(({ address }) => address);
  } catch {
    return [];
  }
}
