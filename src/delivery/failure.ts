// Explains to people why an attempt got no status line.
import { explainAlert } from './certificate.ts';
import { AttemptError } from './errors.ts';
import type { Outcome } from './outcome.ts';

type Failure = { outcome: Outcome; message: string };

const unreachable = (message: string): Failure => ({ outcome: 'unreachable', message });

/** By the codes of Node and undici 8. */
const failures: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: unreachable('connection refused'),
  ECONNRESET: unreachable('connection reset before an answer came'),
  EPIPE: unreachable('connection reset before an answer came'),
  EHOSTUNREACH: unreachable('no route to the host'),
  ENETUNREACH: unreachable('no route to the network'),
  EADDRNOTAVAIL: unreachable('no local address or port to connect from'),
  ETIMEDOUT: { outcome: 'timed_out', message: 'connection timed out' },
  UND_ERR_SOCKET: unreachable('connection closed before an answer came'),
  UND_ERR_HEADERS_OVERFLOW: unreachable('the headers of the answer are larger than 16 KiB'),
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: unreachable('the answer is not HTTP/1.1'),
  UND_ERR_INVALID_ARG: { outcome: 'denied', message: 'the URL or a header cannot be sent over HTTP/1.1' },
};

/** SocketErrors of undici that are about what came, not about the connection; they have one code. */
const protocolFailures: Readonly<Record<string, string>> = {
  'bad response': 'the answer is not HTTP/1.1, or 100 Continue that was not asked for',
  'bad upgrade': 'the receiver switched protocols (101), which was not asked for',
};

/** Of a connection that the receiver just ends. */
const endedCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** The outcome and the reason of an attempt that failed with this error before a status line came. */
export function explainFailure(
  error: unknown,
  { hasClientCertificate }: { hasClientCertificate: boolean },
): Failure {
  if (error instanceof AttemptError) return { outcome: error.outcome, message: error.message };
  if (!(error instanceof Error)) return unreachable('connection failed');
  const code = 'code' in error ? String(error.code) : '';
  // undici 8.12 gives these no code.
  if (error.name === 'HTTPParserError') return unreachable('the answer is not HTTP/1.1');
  const protocolFailure = code === 'UND_ERR_SOCKET' ? protocolFailures[error.message] : undefined;
  if (protocolFailure !== undefined) return unreachable(protocolFailure);
  // In TLS 1.3 a receiver looks at the client certificate when the handshake is over for the client.
  const alert = explainAlert(code, hasClientCertificate);
  if (alert !== undefined) return { outcome: 'tls', message: alert };
  const { outcome, message } = failures[code] ?? unreachable(`connection failed${code && ` (${code})`}`);
  // Node's own servers give no alert.
  const hint =
    hasClientCertificate && endedCodes.has(code)
      ? '; the receiver may not accept the client certificate'
      : '';
  return { outcome, message: message + hint };
}
