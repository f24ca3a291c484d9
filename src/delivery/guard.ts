// Where receivers may be: addresses that are global unicast, and what an administrator has listed. We store
// what receivers answer, so without this a URL would be a way to read the cluster.
import {
  type Address,
  bitsOf,
  type Cidr,
  contains,
  ipv4Mapped,
  parseAddress,
  parseCidr,
  parseCidrs,
} from './address.ts';

export interface AddressRules {
  /** Networks that are open although they are not global unicast. */
  allowedCidrs: readonly Cidr[];
  /** Addresses that are open only where their very /32 or /128 is listed: the API server's, the pod's own. */
  guarded?: readonly string[];
}

/**
 * `listed`: an administrator listed a network that holds it, so any port goes. `add`: what would have to be
 * listed; nothing where nothing helps.
 */
export type Verdict = { allowed: true; listed: boolean } | { allowed: false; add?: string };

/** The IANA special-purpose registries of 2025-10; multicast and reserved as well. */
const denied = {
  4: parseCidrs(
    '0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,' +
      '192.88.99.0/24,192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,224.0.0.0/4,240.0.0.0/4',
  ),
  // Within global unicast; 2001::/23 has Teredo, benchmarking and ORCHID.
  6: parseCidrs('2001::/23,2001:db8::/32,2002::/16,3fff::/20'),
} as const;
const globalUnicast = parseCidr('2000::/3');

/** Metadata and credential services: AWS, GCP, Azure and most others; ECS; EKS; Alibaba; Oracle; Azure's host. */
const metadata = parseCidrs(
  '169.254.169.254/32,169.254.170.2/32,169.254.170.23/32,100.100.100.200/32,192.0.0.192/32,168.63.129.16/32,' +
    'fd00:ec2::254/128,fd00:ec2::23/128,fd20:ce::254/128',
);

const teredo = parseCidr('2001::/32');
const ipv4Compatible = parseCidr('::/96');
/** Networks whose addresses carry an IPv4 address that a gateway connects to, and how far it is shifted. */
const gateways = [
  { cidr: parseCidr('64:ff9b::/96'), shift: 0n },
  { cidr: parseCidr('64:ff9b:1::/48'), shift: 0n },
  { cidr: parseCidr('2002::/16'), shift: 80n },
] as const;

/**
 * Whether one address may be connected to. An IPv6 address that carries an IPv4 one is judged by that one
 * too, and what is no address is denied.
 * @param text an IP address without brackets
 */
export function classify(text: string, rules: AddressRules): Verdict {
  const address = parseAddress(text);
  if (address === undefined) return { allowed: false };
  return judge(address, text, rules);
}

function judge(address: Address, text: string, rules: AddressRules): Verdict {
  const inside = embedded(address);
  if (inside !== undefined) return judge(inside, formatIPv4(inside), rules);
  if (contains(teredo, address)) return { allowed: false };
  const bits = bitsOf(address.family);
  const needed = isExactOnly(address, rules) ? bits : 0;
  if (rules.allowedCidrs.some((cidr) => cidr.prefix >= needed && contains(cidr, address)))
    return throughGateway(address, rules);
  if (needed === 0 && isGlobalUnicast(address)) return { allowed: true, listed: false };
  return { allowed: false, add: `${text}/${bits}` };
}

/** A listed gateway opens no IPv4 address that is closed itself: NAT64 would lead to 169.254.169.254. */
function throughGateway(address: Address, rules: AddressRules): Verdict {
  const gateway = gateways.find(({ cidr }) => contains(cidr, address));
  if (gateway === undefined) return { allowed: true, listed: true };
  const behind = ipv4((address.value >> gateway.shift) & 0xffff_ffffn);
  const verdict = judge(behind, formatIPv4(behind), rules);
  return verdict.allowed ? { allowed: true, listed: true } : verdict;
}

/** IPv4-mapped and -compatible addresses are another spelling of an IPv4 address; ::1 is not one. */
function embedded(address: Address): Address | undefined {
  if (address.family === 4 || address.value <= 1n) return undefined;
  const spelled = contains(ipv4Mapped, address) || contains(ipv4Compatible, address);
  return spelled ? ipv4(address.value & 0xffff_ffffn) : undefined;
}

function isExactOnly(address: Address, { guarded = [] }: AddressRules): boolean {
  if (metadata.some((one) => contains(one, address))) return true;
  return guarded.some((text) => {
    const one = parseAddress(text);
    const { family, value } = (one && embedded(one)) ?? one ?? {};
    return family === address.family && value === address.value;
  });
}

function isGlobalUnicast(address: Address): boolean {
  if (address.family === 6 && !contains(globalUnicast, address)) return false;
  return !denied[address.family].some((cidr) => contains(cidr, address));
}

const ipv4 = (value: bigint): Address => ({ family: 4, value });

const formatIPv4 = ({ value }: Address): string =>
  [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
