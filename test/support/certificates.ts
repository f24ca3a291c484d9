// Makes X.509 certificates on the fly, with nothing but node:crypto, for tests with real TLS.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  cert: string;
  /** PEM, PKCS #8. */
  key: string;
}

interface CertificateOptions {
  /** DNS names and IPv4 addresses it is for; the first one is its common name, too. */
  names: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
  /** Who signs it; itself if left out. */
  issuer?: Certificate & { keyObject: KeyObject; name: string };
  isAuthority?: boolean;
}

/** A certificate with a new P-256 key. It can sign others if it is an authority. */
export function createCertificate(
  options: CertificateOptions,
): Certificate & { keyObject: KeyObject; name: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = options.names[0] ?? 'unnamed';
  const body = tbsCertificate(options, publicKey.export({ type: 'spki', format: 'der' }), name);
  const signature = sign('sha256', body, options.issuer?.keyObject ?? privateKey);
  const der = sequence(body, ecdsaWithSha256, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyObject: privateKey,
    name,
  };
}

/** RFC 5280, 4.1. */
function tbsCertificate(options: CertificateOptions, publicKey: Buffer, name: string): Buffer {
  const dayMs = 86_400_000;
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = options;
  return sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(options.issuer?.name ?? name),
    sequence(generalizedTime(notBefore), generalizedTime(notAfter)),
    distinguishedName(name),
    publicKey,
    tlv(0xa3, sequence(alternativeNames(options.names), basicConstraints(options.isAuthority === true))),
  );
}

function alternativeNames(names: readonly string[]): Buffer {
  const general = names.map((name) =>
    /^[\d.]+$/.test(name)
      ? tlv(0x87, Buffer.from(name.split('.').map(Number)))
      : tlv(0x82, Buffer.from(name)),
  );
  return sequence(oid(0x55, 0x1d, 0x11), tlv(0x04, sequence(...general)));
}

function basicConstraints(isAuthority: boolean): Buffer {
  const value = isAuthority ? sequence(tlv(0x01, Buffer.from([0xff]))) : sequence();
  return sequence(oid(0x55, 0x1d, 0x13), tlv(0x01, Buffer.from([0xff])), tlv(0x04, value));
}

const distinguishedName = (name: string): Buffer =>
  sequence(tlv(0x31, sequence(oid(0x55, 0x04, 0x03), tlv(0x0c, Buffer.from(name)))));

const generalizedTime = (date: Date): Buffer =>
  tlv(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replaceAll(/\D/g, '')}Z`));

const bitString = (content: Buffer): Buffer => tlv(0x03, Buffer.concat([Buffer.from([0]), content]));

/** Tag, length, value: DER, X.690, 8.1. */
function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const bytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tlv(0x30, ...contents);
}

function oid(...bytes: readonly number[]): Buffer {
  return tlv(0x06, Buffer.from(bytes));
}

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
