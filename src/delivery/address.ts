// IP addresses and CIDRs as numbers, read strictly: what this cannot read, nobody may connect to.

export interface Address {
  family: 4 | 6;
  value: bigint;
}

export interface Cidr {
  family: 4 | 6;
  /** The network's address; bits behind the prefix are zero. */
  value: bigint;
  prefix: number;
}

/** A CIDR in the configuration is malformed; the process should not start with it. */
export class InvalidCidrError extends Error {
  override readonly name = 'InvalidCidrError';
  readonly code = 'INVALID_CIDR';
}

const octet = /^(0|[1-9]\d{0,2})$/;
const group = /^[0-9a-f]{1,4}$/i;

/** Dotted IPv4 without leading zeros, or IPv6 (RFC 4291, 2.2) without brackets and zone; else nothing. */
export function parseAddress(text: string): Address | undefined {
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseIPv6(text) : parseIPv4(text);
  return value === undefined ? undefined : { family, value };
}

function parseIPv4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((one) => octet.test(one) && Number(one) <= 255)) return undefined;
  return octets.reduce((value, one) => (value << 8n) | BigInt(one), 0n);
}

function parseIPv6(text: string): bigint | undefined {
  const [head, tail, ...more] = text.split('::');
  if (head === undefined || more.length > 0) return undefined;
  const before = parseGroups(head, tail === undefined);
  const after = parseGroups(tail ?? '', true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<bigint>(missing).fill(0n), ...after];
  return groups.reduce((value, one) => (value << 16n) | one, 0n);
}

/** @param isEnd whether an IPv4 address may stand for the last two groups */
function parseGroups(text: string, isEnd: boolean): bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const dotted = isEnd && parts.at(-1)?.includes('.') ? parts.pop() : undefined;
  if (!parts.every((part) => group.test(part))) return undefined;
  const groups = parts.map((part) => BigInt(`0x${part}`));
  if (dotted === undefined) return groups;
  const ipv4 = parseIPv4(dotted);
  return ipv4 === undefined ? undefined : [...groups, ipv4 >> 16n, ipv4 & 0xffffn];
}

/**
 * A list of CIDRs separated by commas; none if the text is empty.
 * @throws InvalidCidrError that says which one is wrong and how to write it
 */
export function parseCidrs(text: string): readonly Cidr[] {
  return text.trim() === '' ? [] : text.split(',').map((one) => parseCidr(one.trim()));
}

/** One CIDR. @throws InvalidCidrError */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) throw new InvalidCidrError(`"${text}" is not a CIDR such as 10.0.0.0/8`);
  const { family, value } = address;
  const bits = bitsOf(family);
  if (slash < 0) throw new InvalidCidrError(`"${text}" has no prefix length: write ${text}/${bits}`);
  const length = text.slice(slash + 1);
  if (!octet.test(length) || Number(length) > bits)
    throw new InvalidCidrError(`"${text}": the prefix length of an IPv${family} CIDR is 0 to ${bits}`);
  const cidr = { family, value, prefix: Number(length) };
  // Go and Python mask silently; but who writes 10.0.0.7/8 may well have meant 10.0.0.7/32.
  if ((value & hostMask(cidr)) !== 0n)
    throw new InvalidCidrError(`"${text}" has bits set behind its first ${length}`);
  // Addresses are compared after decoding: such an entry would never match.
  if (cidr.prefix >= ipv4Mapped.prefix && contains(ipv4Mapped, cidr))
    throw new InvalidCidrError(`"${text}" is IPv4-mapped: write it as an IPv4 CIDR`);
  return cidr;
}

/** Whether the network holds the address, or the whole of another network at least as small. */
export function contains(cidr: Cidr, { family, value }: Address): boolean {
  return cidr.family === family && (value & ~hostMask(cidr)) === cidr.value;
}

export const bitsOf = (family: 4 | 6): 32 | 128 => (family === 4 ? 32 : 128);

const hostMask = ({ family, prefix }: Cidr): bigint => (1n << BigInt(bitsOf(family) - prefix)) - 1n;

/** An IPv4 address in an IPv6 one; the same host. */
export const ipv4Mapped: Cidr = { family: 6, value: 0xffff_0000_0000n, prefix: 96 };
