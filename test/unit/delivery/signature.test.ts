// Signatures, as independent verifiers see them: the `standardwebhooks` package for HMAC, node:crypto for ed25519.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { InvalidSecretError, parseSigningSecret, signatureHeader } from '../../../src/delivery/signature.ts';

interface Message {
  id: string;
  timestampSeconds: number;
  body: string;
}

const sign = (message: Message, ...secrets: readonly string[]): string =>
  signatureHeader({ ...message, keys: secrets.map(parseSigningSecret) });

const hmacSecret = (bytes: Uint8Array = randomBytes(32)): string =>
  `whsec_${Buffer.from(bytes).toString('base64')}`;

/** Seed and public key come from what node:crypto generated, not from what is tested. */
function ed25519Pair(): { seed: Buffer; publicBytes: Buffer; publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  return { seed: Buffer.from(d, 'base64url'), publicBytes: Buffer.from(x, 'base64url'), publicKey };
}

const privateSecret = (...bytes: readonly Buffer[]): string =>
  `whsk_${Buffer.concat(bytes).toString('base64')}`;

/** As a receiver in Node would; the package bounds the age of a timestamp, which these messages are free of. */
function verifiesHmac(header: string, secret: string, { id, timestampSeconds, body }: Message): boolean {
  const expected = new Webhook(secret).sign(id, new Date(timestampSeconds * 1000), body);
  return header.split(' ').includes(expected);
}

function verifiesEd25519(header: string, key: KeyObject, { id, timestampSeconds, body }: Message): boolean {
  return header
    .split(' ')
    .filter((one) => one.startsWith('v1a,'))
    .some((one) =>
      verify(
        null,
        Buffer.from(`${id}.${timestampSeconds}.${body}`),
        key,
        Buffer.from(one.slice(4), 'base64'),
      ),
    );
}

test('the example of the specification has the signature that the specification gives', () => {
  const header = sign(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampSeconds: 1_614_265_330, body: '{"test": 2432232314}' },
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  );
  assert.equal(header, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a receiver that uses the standardwebhooks package accepts the request', () => {
  const secret = hmacSecret();
  const message = {
    id: 'evt_1-03',
    timestampSeconds: Math.floor(Date.now() / 1000),
    body: '{"text":"grüße 😀"}',
  };
  const headers = {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': sign(message, hmacSecret(), secret),
  };
  assert.deepEqual(new Webhook(secret).verify(message.body, headers), { text: 'grüße 😀' });
  assert.throws(() => new Webhook(secret).verify(message.body.replace('g', 'G'), headers), /No matching/);
});

test('bytes and text are signed alike', () => {
  const message = { id: 'a', timestampSeconds: 1, keys: [parseSigningSecret(hmacSecret())] };
  assert.equal(
    signatureHeader({ ...message, body: 'grüße' }),
    signatureHeader({ ...message, body: Buffer.from('grüße') }),
  );
});

test('several secrets sign in their order, and each verifies by itself', () => {
  const [newer, older] = [hmacSecret(), hmacSecret()];
  const { seed, publicKey } = ed25519Pair();
  const message = { id: 'evt_1-03', timestampSeconds: 1_760_000_000, body: '{}' };
  const header = sign(message, newer, privateSecret(seed), older);
  assert.deepEqual(
    header.split(' ').map((one) => one.slice(0, one.indexOf(','))),
    ['v1', 'v1a', 'v1'],
  );
  const signers = [newer, privateSecret(seed), older];
  assert.equal(header, signers.map((secret) => sign(message, secret)).join(' '));
  assert.ok(verifiesHmac(header, newer, message) && verifiesHmac(header, older, message));
  assert.ok(verifiesEd25519(header, publicKey, message));
  assert.ok(!verifiesHmac(header, hmacSecret(), message));
  assert.ok(!verifiesEd25519(header, ed25519Pair().publicKey, message));
});

test('an ed25519 secret is the seed, or the seed and its public key', () => {
  const { seed, publicBytes, publicKey } = ed25519Pair();
  const message = { id: 'a', timestampSeconds: 1, body: '' };
  const header = sign(message, privateSecret(seed));
  assert.equal(sign(message, privateSecret(seed, publicBytes)), header);
  assert.ok(verifiesEd25519(header, publicKey, message));
  // RFC 8032, 7.1, test 1: the public key that belongs to this seed.
  const known = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const x = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') };
  assert.ok(
    verifiesEd25519(
      sign(message, privateSecret(known)),
      createPublicKey({ key: jwk, format: 'jwk' }),
      message,
    ),
  );
});

/** One byte of one part is another one. */
function changed(message: Message, part: keyof Message, at: number, by: number): Message {
  if (part === 'timestampSeconds') return { ...message, timestampSeconds: message.timestampSeconds + by };
  const text = message[part];
  const index = at % text.length;
  const character = String.fromCharCode(((text.charCodeAt(index) - 32 + by) % 95) + 32);
  return { ...message, [part]: text.slice(0, index) + character + text.slice(index + 1) };
}

test('any message verifies, and none that differs in a single byte', () => {
  const { seed, publicKey } = ed25519Pair();
  const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 200 });
  const message = fc.record({ id: text, timestampSeconds: fc.nat(4_000_000_000), body: text });
  const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(hmacSecret);
  const part = fc.constantFrom<keyof Message>('id', 'timestampSeconds', 'body');
  fc.assert(
    fc.property(
      message,
      secret,
      part,
      fc.nat(),
      fc.integer({ min: 1, max: 94 }),
      (sent, key, where, at, by) => {
        const header = sign(sent, key, privateSecret(seed));
        assert.ok(verifiesHmac(header, key, sent) && verifiesEd25519(header, publicKey, sent));
        const other = changed(sent, where, at, by);
        assert.notDeepEqual(other, sent);
        assert.ok(!verifiesHmac(header, key, other) && !verifiesEd25519(header, publicKey, other));
      },
    ),
  );
});

test('any body verifies, whatever its characters', () => {
  const secret = hmacSecret();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (body) => {
      const message = { id: 'evt_1-03', timestampSeconds: 1_760_000_000, body };
      assert.ok(verifiesHmac(sign(message, secret), secret, message));
    }),
  );
});

test('a receiver without a key gets no signature', () => {
  assert.equal(sign({ id: 'a', timestampSeconds: 1, body: '' }), '');
});

test('white space around a secret does not count', () => {
  const message = { id: 'a', timestampSeconds: 1, body: '' };
  const secret = hmacSecret();
  for (const padded of [`${secret}\n`, ` \t${secret}\r\n`, `\n${secret}`])
    assert.equal(sign(message, padded), sign(message, secret));
});

const base64Of = (length: number): string => Buffer.alloc(length, 0xa7).toString('base64');
const { seed: someSeed } = ed25519Pair();

const malformed: Readonly<Record<string, { text: string; message: RegExp }>> = {
  'nothing at all': { text: '', message: /^a signing secret must be "whsec_" and the base64 of/ },
  'a secret without its prefix': { text: base64Of(32), message: /^a signing secret must be "whsec_"/ },
  'a prefix in capitals': { text: `WHSEC_${base64Of(32)}`, message: /^a signing secret must be "whsec_"/ },
  'a public key': { text: `whpk_${base64Of(32)}`, message: /^"whpk_" is a public key/ },
  'fewer than 24 bytes': {
    text: `whsec_${base64Of(23)}`,
    message: /^what follows "whsec_" must be 24 to 64 bytes, in base64; these are 23$/,
  },
  'more than 64 bytes': { text: `whsec_${base64Of(65)}`, message: /these are 65$/ },
  'a secret without bytes': { text: 'whsec_', message: /these are 0$/ },
  'base64 without its padding': {
    text: `whsec_${base64Of(32).replaceAll('=', '')}`,
    message: /^what follows "whsec_" must be base64: .* padded with "="/,
  },
  base64url: { text: `whsec_${'-_'.repeat(16)}`, message: /^what follows "whsec_" must be base64/ },
  'a line break within': { text: `whsec_${base64Of(24)}\n${base64Of(24)}`, message: /must be base64/ },
  hexadecimal: { text: `whsec_${'a7'.repeat(32)}!`, message: /must be base64/ },
  'an ed25519 key of 31 bytes': { text: `whsk_${base64Of(31)}`, message: /32 bytes, .* these are 31$/ },
  'an ed25519 key as PKCS #8': { text: `whsk_${base64Of(48)}`, message: /these are 48$/ },
  'a seed with the public key of another': {
    text: privateSecret(someSeed, ed25519Pair().publicBytes),
    message: /does not belong to the private key$/,
  },
};

for (const [name, { text, message }] of Object.entries(malformed)) {
  test(`${name} is no secret, and the error says what to write without quoting it`, () => {
    assert.throws(
      () => parseSigningSecret(text),
      (error) => {
        assert.ok(error instanceof InvalidSecretError);
        assert.equal(error.code, 'INVALID_SECRET');
        assert.match(error.message, message);
        const secret = text.replace(/^wh[a-z]+_/i, '');
        for (let at = 0; at + 8 <= secret.length; at += 1)
          assert.ok(!inspect(error).includes(secret.slice(at, at + 8)), error.message);
        return true;
      },
    );
  });
}

test('any text is a secret or an InvalidSecretError', () => {
  const base64 = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  const text = fc.oneof(fc.string({ unit: 'binary' }), base64);
  fc.assert(
    fc.property(fc.constantFrom('', 'whsec_', 'whsk_', 'whpk_'), text, (prefix, rest) => {
      try {
        const { version } = parseSigningSecret(prefix + rest);
        assert.equal(version, prefix === 'whsec_' ? 'v1' : 'v1a');
      } catch (error) {
        assert.ok(error instanceof InvalidSecretError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a key that is printed shows nothing of the secret', () => {
  const bytes = Buffer.alloc(32, 'xyz');
  const printed = inspect(parseSigningSecret(hmacSecret(bytes)), { depth: 9, showHidden: true });
  assert.ok(!printed.includes('xyz') && !printed.includes('78 79 7a') && !printed.includes('eHl6'));
});
