// The administrator's rules for connections to receivers, and what to add to the flags.
import type { Cidr } from './address.ts';
import { DeniedError } from './errors.ts';
import { classify } from './guard.ts';

export interface EgressRules {
  /** `--egress-allowed-cidrs`: networks that are open although they are not global unicast, on any port. */
  allowedCidrs: readonly Cidr[];
  /** `--egress-allow-http`: plain http, and port 80. */
  allowHttp: boolean;
  /** `--egress-ports`: ports of addresses that are not listed; 443 and 8443 by default. */
  allowedPorts?: readonly number[];
  /** Addresses that are open only where their very /32 or /128 is listed: the API server's, the pod's own. */
  guarded?: readonly string[];
}

/** Why a URL's scheme may not be used; nothing if it may. */
export function refuseScheme({ protocol }: URL, { allowHttp }: EgressRules): DeniedError | undefined {
  if (protocol === 'https:' || (protocol === 'http:' && allowHttp)) return undefined;
  return new DeniedError(
    protocol === 'http:'
      ? 'plain http is not allowed: use https, or an administrator can set --egress-allow-http'
      : `the scheme ${protocol} is not allowed: use https`,
  );
}

/**
 * Why an address may not be dialled, and what an administrator can add; nothing if it may. To be asked about
 * the very address, at every connect: names and URLs have many spellings, and DNS changes.
 */
export function refuseAddress(address: string, port: number, rules: EgressRules): DeniedError | undefined {
  const verdict = classify(address, rules);
  if (!verdict.allowed) {
    const { add } = verdict;
    const help = add === undefined ? '' : `: an administrator can add ${add} to --egress-allowed-cidrs`;
    return new DeniedError(`the address ${address} is not allowed${help}`);
  }
  if (verdict.listed || (port === 80 && rules.allowHttp)) return undefined;
  if ((rules.allowedPorts ?? [443, 8443]).includes(port)) return undefined;
  return new DeniedError(`the port ${port} is not allowed: an administrator can add it to --egress-ports`);
}
