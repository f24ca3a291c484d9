// What a receiver's URL may look like, judged again where it is used: one that comes from a Secret never met
// the API server's rules, and `new URL()` silently turns many spellings into another host.
import { DeniedError } from './errors.ts';

const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const lastLabel = '[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?';
const host = `(?:${label}[.])*${lastLabel}|(?:${octet}[.]){3}${octet}|\\[[0-9a-f:.]{2,45}\\]`;
const port = '[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]';

/** The host is the first group. */
const wellFormed = new RegExp(`^https?://(${host})(?::(?:${port}))?(?:[/?]|$)`);

const maxLength = 2048;

/**
 * The URL, if every parser reads the same host and port in it. The rules are those of the API server for
 * `spec.url`, and one more that it cannot afford: an IPv6 address is in its canonical form. No message quotes
 * the URL, which may be a secret.
 */
export function readUrl(text: string): URL | DeniedError {
  const url = URL.parse(text);
  const problem = problemOf(text, url);
  if (url === null || problem !== undefined)
    return new DeniedError(`the URL must ${problem ?? 'name a host'}`);
  return url;
}

function problemOf(text: string, url: URL | null): string | undefined {
  if (text.length > maxLength) return `have at most ${maxLength} characters`;
  if (!/^https?:\/\//.test(text))
    return 'start with https:// (or http://, where the administrator allows it)';
  if (!/^[!-[\]-~]*$/.test(text))
    return 'be printable ASCII without spaces and backslashes: percent-encode other characters';
  if (text.includes('#')) return 'have no fragment: remove the # and what follows';
  if (/^https?:\/\/[^/?]*@/.test(text)) return 'have no user name or password in front of the host';
  const named = wellFormed.exec(text)?.[1];
  if (named === undefined)
    return (
      'name the host as a DNS name in lower case whose last label starts with a letter, as a dotted IPv4 ' +
      'address or as an IPv6 address in brackets, with a port from 1 to 65535 behind it if any'
    );
  if (url?.hostname === named) return undefined;
  return named.startsWith('[')
    ? 'write an IPv6 address in its canonical form: groups without leading zeros, the longest run of zeros as ::, no dotted part'
    : 'name a host that exists: "xn--" must begin an encoded name';
}
