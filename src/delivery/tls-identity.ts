// Whom an endpoint trusts and as whom it introduces itself, from PEM to what node:tls connects with.
import { createPrivateKey, hash, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { TlsError } from './errors.ts';

/** PEM texts, as Secrets and ConfigMaps have them. */
export interface TlsIdentity {
  /** Certificates to trust in place of the system's: authorities', or the receiver's own. */
  ca?: string;
  /** The client certificate and its intermediates. */
  cert?: string;
  /** The client certificate's private key, without a passphrase. */
  key?: string;
}

export interface TlsContext {
  readonly secureContext: SecureContext;
  readonly hasClientCertificate: boolean;
}

/** The same for the same texts only; tells nothing of the key. Empty for the system's roots and no client. */
export function fingerprint({ ca, cert, key }: TlsIdentity = {}): string {
  if (ca === undefined && cert === undefined && key === undefined) return '';
  return hash('sha256', JSON.stringify([ca ?? null, cert ?? null, key ?? null]), 'base64');
}

/** @throws TlsError if a text is malformed, or the key is another certificate's */
export function createTlsContext({ ca, cert, key }: TlsIdentity = {}): TlsContext {
  // createSecureContext takes a CA without certificates for none, and would trust the system's.
  if (ca !== undefined) certificatesOf(ca, 'the CA');
  const hasClientCertificate = cert !== undefined || key !== undefined;
  if (hasClientCertificate) checkClient(cert, key);
  try {
    const secureContext = createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      // Who lists an intermediate authority trusts it, whether or not its root is listed as well.
      allowPartialTrustChain: ca !== undefined,
    });
    return { secureContext, hasClientCertificate };
  } catch (error) {
    // OpenSSL finds keys too short and hashes too weak. Its reason quotes nothing.
    const reason = error instanceof Error && 'reason' in error ? ` (${String(error.reason)})` : '';
    throw new TlsError(`the CA or the client certificate cannot be used${reason}`, { cause: error });
  }
}

function checkClient(cert: string | undefined, key: string | undefined): void {
  if (cert === undefined) throw new TlsError('the client key has no certificate');
  if (key === undefined) throw new TlsError('the client certificate has no key');
  const [leaf] = certificatesOf(cert, 'the client certificate');
  if (leaf?.checkPrivateKey(privateKeyOf(key)) !== true)
    throw new TlsError('the client key does not belong to the client certificate');
}

/** One or more; what stands around the blocks is a comment. */
function certificatesOf(pem: string, name: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN ([A-Z0-9 ]*)-----[^]*?-----END \1-----/g) ?? [];
  const malformed = `${name} must be PEM with one or more blocks of "-----BEGIN CERTIFICATE-----"`;
  if (blocks.length === 0) throw new TlsError(malformed);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new TlsError(malformed, { cause: error });
    }
  });
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new TlsError('the client key must be PEM with a private key, without a passphrase', {
      cause: error,
    });
  }
}
