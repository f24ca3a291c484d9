// Opens connections to receivers: looks the host up, checks every address, dials one that was checked.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { explainTls } from './certificate.ts';
import { type EgressRules, refuseAddress } from './egress.ts';
import { ConnectTimeoutError, TlsError } from './errors.ts';
import { literalAddress, type NameResolver, resolveHost } from './resolve.ts';
import type { TlsContext } from './tls-identity.ts';

export interface ConnectOptions {
  egress: EgressRules;
  resolver: NameResolver;
  tls: TlsContext;
}

export interface Target {
  /** As `URL.hostname` gives it. */
  host: string;
  port: number;
  isTls: boolean;
}

/** A name may have any number of addresses, and a receiver controls its DNS. */
const maxAddresses = 4;

/**
 * A connection to the first address of the host that accepts one; each gets an equal share of the time left.
 * A name with any address that is not allowed is refused whole.
 * @throws AttemptError, or what node:net and node:tls report
 */
export async function openConnection(
  target: Target,
  timeoutMs: number,
  { egress, resolver, tls }: ConnectOptions,
): Promise<Socket> {
  const endMs = performance.now() + timeoutMs;
  const addresses = await resolveHost(target.host, resolver);
  const refusal = firstRefusal(addresses, target.port, egress);
  if (refusal !== undefined) throw refusal;
  const candidates = addresses.slice(0, maxAddresses);
  let failure: unknown = new ConnectTimeoutError('timed out while connecting');
  for (const [index, address] of candidates.entries()) {
    const shareMs = (endMs - performance.now()) / (candidates.length - index);
    if (shareMs <= 0) break;
    try {
      return await dial(address, target, shareMs, { egress, tls });
    } catch (error) {
      // Somebody answered there: that tells more than an address at which nobody does.
      if (!(failure instanceof TlsError)) failure = error;
    }
  }
  throw failure;
}

function dial(
  address: string,
  target: Target,
  limitMs: number,
  { egress, tls }: Pick<ConnectOptions, 'egress' | 'tls'>,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const { socket, explain } = open(address, target, tls);
  const timer = setTimeout(() => {
    socket.destroy(new ConnectTimeoutError('timed out while connecting'));
  }, limitMs);
  socket.setNoDelay(true);
  socket.once('connect', () => {
    // What is really at the other end, should anything have changed since the check. No address: closed again.
    const refusal = firstRefusal([socket.remoteAddress ?? address], target.port, egress);
    if (refusal === undefined) return;
    reject(refusal);
    socket.destroy();
  });
  socket.once(target.isTls ? 'secureConnect' : 'connect', () => {
    clearTimeout(timer);
    resolve(socket);
  });
  // Stays for good: an error between here and undici's own listener would otherwise end the process.
  socket.on('error', (error) => {
    clearTimeout(timer);
    reject(explain(error));
    // An alert leaves it open, and undici would take the end that follows for the cause.
    socket.destroy();
  });
  return promise;
}

/** A socket that connects to the address while SNI and the certificate check are about the host. */
function open(
  address: string,
  { host, port, isTls }: Target,
  { secureContext, hasClientCertificate }: TlsContext,
): { socket: Socket; explain: (error: Error) => Error } {
  if (!isTls) return { socket: connectTcp({ host: address, port }), explain: (error) => error };
  // SNI has names only, without the dot at the end (RFC 6066, 3).
  const servername = literalAddress(host) === undefined ? host.replace(/\.$/, '') : '';
  // No session is resumed: Node then checks no certificate.
  const socket = connectTls({ host: address, port, servername, secureContext, ALPNProtocols: ['http/1.1'] });
  let certificate: PeerCertificate | undefined;
  // After a failed check the certificate is gone; this event, on which Node checks it, is the last chance. Not
  // getPeerX509Certificate: Node 24 then finds no names in the certificate.
  socket.prependOnceListener('secure', () => {
    certificate = socket.getPeerCertificate();
  });
  return {
    socket,
    explain: (error) => explainTls(error, { host, certificate, hasClientCertificate }) ?? error,
  };
}

function firstRefusal(addresses: readonly string[], port: number, egress: EgressRules): Error | undefined {
  for (const address of addresses) {
    const refusal = refuseAddress(address, port, egress);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
