// What an endpoint's spec and the Secrets it names come to: where a request goes, and what it carries.
import type { WebhookEndpoint } from '../api/webhook-endpoint.ts';
import { InvalidSecretError, parseSigningSecret, type SigningKey } from '../delivery/signature.ts';
import { createTlsContext, fingerprint, type TlsIdentity } from '../delivery/tls-identity.ts';
import { readUrl } from '../delivery/url.ts';
import { MissingReferenceError, type Secrets } from './secrets.ts';

export interface Target {
  readonly url: string;
  /** The endpoint's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly keys: readonly SigningKey[];
  readonly tls: TlsIdentity | undefined;
  /** What must appear nowhere, whatever a receiver echoes. */
  readonly secrets: readonly string[];
}

/** Why there is no target: for the Ready condition. */
export interface Problem {
  readonly reason: 'SecretNotFound' | 'SecretInvalid';
  readonly message: string;
}

export type Resolution = { readonly target: Target } | { readonly problem: Problem };

export function hasReferences({ spec }: WebhookEndpoint): boolean {
  const { urlFrom, headers = [], signing, tls } = spec;
  return (
    urlFrom !== undefined ||
    signing !== undefined ||
    tls !== undefined ||
    headers.some(({ valueFrom }) => valueFrom !== undefined)
  );
}

const maxChecked = 1000;

export class Targets {
  readonly #secrets: Secrets;
  /** Fingerprints of TLS identities that were found to be sound. */
  readonly #checked = new Set<string>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** Rejects when the API server cannot be asked. */
  async resolve(endpoint: WebhookEndpoint): Promise<Resolution> {
    try {
      return { target: await this.#target(endpoint) };
    } catch (error) {
      if (error instanceof MissingReferenceError)
        return { problem: { reason: 'SecretNotFound', message: error.message } };
      if (error instanceof InvalidSecretError)
        return { problem: { reason: 'SecretInvalid', message: error.message } };
      throw error;
    }
  }

  /** The receiver did not take what it was sent for authentic: what it should have got may have changed. */
  refresh({ metadata: { namespace }, spec }: WebhookEndpoint): void {
    const refs = [
      spec.urlFrom?.secretKeyRef,
      ...(spec.headers ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef),
      ...(spec.signing?.secretRefs ?? []),
      spec.tls?.clientCertificateRef,
    ];
    for (const ref of refs) if (ref !== undefined) this.#secrets.forget('Secret', namespace, ref.name);
  }

  async #target({ metadata: { namespace }, spec }: WebhookEndpoint): Promise<Target> {
    const secret = (ref: { name: string; key: string }) => this.#secrets.entry('Secret', namespace, ref);
    const url =
      spec.urlFrom === undefined ? spec.url : await this.#secretUrl(namespace, spec.urlFrom.secretKeyRef);
    const secrets: string[] = spec.urlFrom === undefined || url === undefined ? [] : partsOf(url);
    const headers: [string, string][] = [];
    for (const { name, value = '', valueFrom } of spec.headers ?? []) {
      if (valueFrom === undefined) headers.push([name, value]);
      else {
        const text = headerValue(name, await secret(valueFrom.secretKeyRef));
        headers.push([name, text]);
        // Of `Bearer TOKEN` the token alone gives access, too.
        secrets.push(text, text.slice(text.lastIndexOf(' ') + 1));
      }
    }
    const keys: SigningKey[] = [];
    for (const ref of spec.signing?.secretRefs ?? []) {
      const text = await secret(ref);
      keys.push(signingKey(text, ref));
      secrets.push(text.trim(), text.trim().replace(/^whs(ec|k)_/, ''));
    }
    return {
      url: url ?? '',
      headers: Object.fromEntries(headers),
      keys,
      tls: await this.#tls(namespace, spec.tls),
      secrets,
    };
  }

  async #secretUrl(namespace: string, ref: { name: string; key: string }): Promise<string> {
    const text = (await this.#secrets.entry('Secret', namespace, ref)).trim();
    const url = readUrl(text);
    if (url instanceof URL) return text;
    throw new InvalidSecretError(`entry ${ref.key} of Secret ${ref.name}: ${url.message}`);
  }

  async #tls(namespace: string, tls: WebhookEndpoint['spec']['tls']): Promise<TlsIdentity | undefined> {
    if (tls === undefined) return undefined;
    const { caRef, clientCertificateRef } = tls;
    const identity: TlsIdentity = {};
    if (caRef !== undefined) identity.ca = await this.#secrets.entry(caRef.kind, namespace, caRef);
    if (clientCertificateRef !== undefined) {
      const { name } = clientCertificateRef;
      identity.cert = await this.#secrets.entry('Secret', namespace, { name, key: 'tls.crt' });
      identity.key = await this.#secrets.entry('Secret', namespace, { name, key: 'tls.key' });
    }
    this.#check(identity);
    return identity;
  }

  /** That what was read are certificates, and a key that belongs to one. */
  #check(identity: TlsIdentity): void {
    const id = fingerprint(identity);
    if (this.#checked.has(id)) return;
    try {
      createTlsContext(identity);
    } catch (error) {
      throw new InvalidSecretError(`spec.tls: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    if (this.#checked.size >= maxChecked) this.#checked.clear();
    this.#checked.add(id);
  }
}

/** What would give a secret URL away. */
function partsOf(text: string): string[] {
  const url = URL.parse(text);
  if (url === null) return [text];
  const { href, host, hostname, pathname, search, searchParams } = url;
  const address = hostname.replace(/^\[|\]$/g, '');
  const whole = [text, href, host, hostname, address, pathname + search, pathname, search];
  // A token often is one part of it.
  return [...whole, ...pathname.split('/'), ...searchParams.values()];
}

function headerValue(name: string, text: string): string {
  const value = text.trim();
  if (/^[ -~]*$/.test(value)) return value;
  throw new InvalidSecretError(`the value of header ${name} must be one line of printable ASCII`);
}

function signingKey(text: string, { name, key }: { name: string; key: string }): SigningKey {
  try {
    return parseSigningSecret(text);
  } catch (error) {
    if (!(error instanceof InvalidSecretError)) throw error;
    throw new InvalidSecretError(`entry ${key} of Secret ${name}: ${error.message}`, { cause: error });
  }
}
