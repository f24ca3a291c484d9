// Says what is wrong with a receiver's certificate, for the person who has to replace it.
import type { PeerCertificate } from 'node:tls';
import { TlsError } from './errors.ts';

/** OpenSSL's verification results, as Node names them, that need nothing of the certificate to explain. */
const verificationFailures: Readonly<Record<string, string>> = {
  CERT_REVOKED: 'certificate is revoked',
  CERT_UNTRUSTED: 'certificate is signed by an authority that is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  INVALID_PURPOSE: 'certificate is not meant for servers',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate is signed by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT:
    'certificate is signed by an unknown authority, or an intermediate certificate is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'certificate is signed by an unknown authority, or an intermediate certificate is missing',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'certificate is signed by an unknown authority, or an intermediate certificate is missing',
};

export interface Handshake {
  /** Whom the certificate should be for, as `URL.hostname` gives it. */
  host: string;
  /** The receiver's, if it got that far. */
  certificate: PeerCertificate | undefined;
  hasClientCertificate: boolean;
}

/** A TLS failure in words, or nothing if the error is of another kind. */
export function explainTls(error: Error & { code?: string }, handshake: Handshake): TlsError | undefined {
  const message = messageOf(error, handshake);
  return message === undefined ? undefined : new TlsError(message, { cause: error });
}

/**
 * An alert of the receiver in words: it ended the connection, often because of the client certificate.
 * @param code as Node names OpenSSL's errors, `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`
 */
export function explainAlert(code: string, hasClientCertificate: boolean): string | undefined {
  const [, name] = /^ERR_SSL_(?:SSL\/TLS|SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(.+)$/.exec(code) ?? [];
  if (name === undefined) return undefined;
  const reason = name.toLowerCase().replaceAll('_', ' ');
  if (name === 'CERTIFICATE_REQUIRED') return 'the receiver requires a client certificate';
  if (clientCertificateAlerts.has(name))
    return hasClientCertificate
      ? `the receiver does not accept the client certificate (${reason})`
      : `the receiver requires a client certificate (${reason})`;
  const refused = `the receiver refused the TLS handshake (${reason})`;
  if (name !== 'HANDSHAKE_FAILURE') return refused;
  return `${refused}: it may ${hasClientCertificate ? 'not accept the' : 'require a'} client certificate`;
}

/** RFC 8446, 6.2. Go's server sends the first one, too, where TLS 1.2 brings no certificate at all. */
const clientCertificateAlerts = new Set([
  'BAD_CERTIFICATE',
  'UNSUPPORTED_CERTIFICATE',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_UNKNOWN',
  'UNKNOWN_CA',
  'ACCESS_DENIED',
]);

function messageOf(
  error: Error & { code?: string },
  { host, certificate, hasClientCertificate }: Handshake,
): string | undefined {
  const { code = '' } = error;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `certificate expired${certificate ? ` on ${day(certificate.valid_to)}` : ''}`;
    case 'CERT_NOT_YET_VALID':
      return `certificate is not valid yet${certificate ? `, from ${day(certificate.valid_from)} on` : ''}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `certificate is for ${namesOf(certificate)}, not for ${host}`;
    default:
      return (
        verificationFailures[code] ??
        explainAlert(code, hasClientCertificate) ??
        handshakeFailure(error, code)
      );
  }
}

/** Node names OpenSSL's errors ERR_SSL_… after their reason; EPROTO is one it could not name. */
function handshakeFailure(error: Error, code: string): string | undefined {
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'TLS handshake failed: the receiver does not speak TLS on this port';
  if (code.startsWith('ERR_SSL_'))
    return `TLS handshake failed: ${code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ')}`;
  if (code === 'EPROTO') return 'TLS handshake failed';
  const isVerification = /^(CERT|CRL|UNABLE_TO|ERROR_IN_CERT|PATH_LENGTH)_/.test(code);
  return isVerification ? `certificate is not valid: ${error.message}` : undefined;
}

/** @param text as OpenSSL prints it: `Jan  2 12:00:00 2026 GMT` */
function day(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString().slice(0, 10);
}

/** `a.example, b.example and 5 more`; the first names are enough to recognise whose certificate it is. */
function namesOf(certificate: PeerCertificate | undefined): string {
  const alternatives = certificate?.subjectaltname?.split(', ').map((one) => one.replace(/^[^:]*:/, ''));
  const names = alternatives ?? [certificate?.subject?.CN ?? 'no name'].flat();
  return names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
}
