// Signatures of Standard Webhooks v1: by HMAC-SHA256 with a shared secret, or by an ed25519 key.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
} from 'node:crypto';

/** A signing secret is malformed: nothing may be sent until it is replaced. The message never quotes it. */
export class InvalidSecretError extends Error {
  override readonly name = 'InvalidSecretError';
  readonly code = 'INVALID_SECRET';
}

/** Printing one shows no byte of the secret. */
export interface SigningKey {
  /** `v1` is HMAC-SHA256, `v1a` is ed25519. */
  readonly version: 'v1' | 'v1a';
  readonly key: KeyObject;
}

export interface SignedContent {
  /** The event's id, as in `webhook-id`. */
  id: string;
  /** When this attempt is made, as in `webhook-timestamp`. */
  timestampSeconds: number;
  /** The very bytes that are sent; text is sent as UTF-8. */
  body: string | Buffer;
  /** In the order of the signatures; to a receiver, any one of them is enough. */
  keys: readonly SigningKey[];
}

const help =
  'a signing secret must be "whsec_" and the base64 of 24 to 64 random bytes, ' +
  'or "whsk_" and the base64 of an ed25519 private key';

/**
 * Reads the value of a Secret; white space around it does not count, because editors and `echo` add some.
 * @throws InvalidSecretError that says what to write
 */
export function parseSigningSecret(text: string): SigningKey {
  const secret = text.trim();
  if (secret.startsWith('whsec_')) return { version: 'v1', key: hmacKey(secret.slice('whsec_'.length)) };
  if (secret.startsWith('whsk_')) return { version: 'v1a', key: ed25519Key(secret.slice('whsk_'.length)) };
  if (secret.startsWith('whpk_'))
    throw new InvalidSecretError(`"whpk_" is a public key, which is for the receiver: ${help}`);
  throw new InvalidSecretError(help);
}

/** The value of `webhook-signature`: one signature for each key, separated by spaces; empty without keys. */
export function signatureHeader({ id, timestampSeconds, body, keys }: SignedContent): string {
  const content = Buffer.concat([
    Buffer.from(`${id}.${timestampSeconds}.`),
    typeof body === 'string' ? Buffer.from(body) : body,
  ]);
  return keys.map((one) => `${one.version},${signatureOf(content, one).toString('base64')}`).join(' ');
}

function signatureOf(content: Buffer, { version, key }: SigningKey): Buffer {
  return version === 'v1' ? createHmac('sha256', key).update(content).digest() : sign(null, content, key);
}

function hmacKey(encoded: string): KeyObject {
  const bytes = decodeBase64(encoded, 'whsec_');
  if (bytes.length < 24 || bytes.length > 64)
    throw new InvalidSecretError(
      `what follows "whsec_" must be 24 to 64 bytes, in base64; these are ${bytes.length}`,
    );
  return createSecretKey(bytes);
}

/** What PKCS #8 (RFC 8410, 7) puts before the 32 bytes of the seed. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The seed of RFC 8032 and, as Go and libsodium keep it, the public key behind it. */
function ed25519Key(encoded: string): KeyObject {
  const bytes = decodeBase64(encoded, 'whsk_');
  if (bytes.length !== 32 && bytes.length !== 64)
    throw new InvalidSecretError(
      'what follows "whsk_" must be an ed25519 private key: its seed of 32 bytes, or the seed and the public key, ' +
        `64 bytes, in base64; these are ${bytes.length}`,
    );
  const key = createPrivateKey({
    key: Buffer.concat([pkcs8Head, bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  });
  // Signing with a seed while the receiver was given the other public key would fail there, at every attempt.
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  if (bytes.length === 64 && !spki.subarray(-32).equals(bytes.subarray(32)))
    throw new InvalidSecretError('the public key in what follows "whsk_" does not belong to the private key');
  return key;
}

/** Node's decoder skips what is no base64, so that a damaged secret would become another one. */
function decodeBase64(encoded: string, prefix: string): Buffer {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded)
    throw new InvalidSecretError(
      `what follows "${prefix}" must be base64: letters, digits, "+" and "/", padded with "="; ${help}`,
    );
  return bytes;
}
