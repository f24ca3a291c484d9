// From a URL's host to the addresses to dial. Through c-ares, because two hung getaddrinfo calls stall all
// others; so /etc/hosts and search domains do not count.
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { HostNotFoundError, NameLookupError } from './errors.ts';

/** What a `Resolver` of node:dns/promises can do and is needed here. */
export interface NameResolver {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
}

/** Asks the system's DNS servers; one that stays silent costs at most some 6 s. */
export function createResolver(): Resolver {
  return new Resolver({ timeout: 2000, tries: 2 });
}

/**
 * All addresses of a host, IPv4 first: where a cluster has no IPv6 route, it is not tried first. An address
 * is its own and only answer.
 * @param host as `URL.hostname` gives it
 * @throws HostNotFoundError, NameLookupError
 */
export async function resolveHost(host: string, resolver: NameResolver): Promise<string[]> {
  const literal = literalAddress(host);
  if (literal !== undefined) return [literal];
  // RFC 6761, 6.3. c-ares would ask DNS.
  if (/^(.+\.)?localhost\.?$/i.test(host)) return ['127.0.0.1', '::1'];
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const codes = answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : 'ENODATA'));
  const failure = codes.find((code) => code !== 'ENOTFOUND' && code !== 'ENODATA');
  if (failure === undefined) throw new HostNotFoundError(`host not found: ${host}${hint(host)}`);
  throw new NameLookupError(`could not look up the host ${host}: ${reasons[failure] ?? failure}`);
}

/** In a cluster everybody shortens the names of Services, which takes search domains. */
function hint(host: string): string {
  if (host.includes('.') && !host.endsWith('.svc')) return '';
  const full = host.includes('.') ? host : `${host}.NAMESPACE.svc`;
  return ` (search domains do not count: write the name in full, such as ${full}.cluster.local)`;
}

/** The address that a URL's host is, without brackets; nothing if it is a name. */
export function literalAddress(host: string): string | undefined {
  const text = host.startsWith('[') ? host.slice(1, -1) : host;
  return isIP(text) === 0 ? undefined : text;
}

/** Codes of c-ares that people meet. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the DNS server refused the connection',
  EREFUSED: 'the DNS server refused to answer',
  ESERVFAIL: 'the DNS server failed',
  ETIMEOUT: 'the DNS server did not answer',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
