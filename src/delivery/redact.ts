// Takes secrets out of what receivers answer: many echo the headers and the URL that they were sent.
import { bytesOf, percentDecoded, type Reading, readingsOf } from './readings.ts';
import { safeText } from './response-text.ts';

/** Shorter ones would turn up everywhere by chance. */
const minLength = 6;

const marker = '[redacted]';

/** Where something was found in the original, in bytes. */
interface Range {
  readonly begin: number;
  end: number;
}

/**
 * Replaces each occurrence of a secret by `[redacted]`: as it is, percent-encoded, as JSON and HTML write it,
 * and in base64 or base64url, in the middle of something longer as well. Text that breaks off within a secret
 * loses that piece too, if it has at least 6 characters. Other text stays as it is.
 * @param secrets those of less than 6 characters are left out; white space around one does not count
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  // Most answers say little, and then this is not worth its time.
  let forms: string[] | undefined;
  return (text) => {
    if (text.length < minLength) return text;
    forms ??= [...new Set(secrets.flatMap(formsOf))];
    return forms.length === 0 ? text : redact(text, forms);
  };
}

function redact(text: string, forms: readonly string[]): string {
  const bytes = bytesOf(text);
  const found: Range[] = [];
  let endsAt = bytes.length;
  for (const reading of readingsOf(bytes))
    for (const form of forms) endsAt = Math.min(endsAt, search(reading, form, found) ?? endsAt);
  if (found.length === 0 && endsAt === bytes.length) return text;
  return Buffer.from(without(bytes.slice(0, endsAt), found), 'latin1').toString();
}

/** @param bytes may end before the last ranges do */
function without(bytes: string, found: readonly Range[]): string {
  let kept = '';
  let at = 0;
  for (const { begin, end } of found.toSorted((one, other) => one.begin - other.begin)) {
    if (begin > bytes.length) break;
    // Secrets may overlap: a password, and the user name with the password.
    if (begin >= at) kept += bytes.slice(at, begin) + marker;
    at = Math.max(at, end);
  }
  return kept + bytes.slice(at);
}

/**
 * Adds where the form is found. By Knuth, Morris and Pratt, because tenants choose both the secrets and the
 * answers: `indexOf` takes as long as their lengths multiplied where they repeat themselves the right way.
 * @returns where the text breaks off within the form, in the original
 */
function search(reading: Reading, form: string, found: Range[]): number | undefined {
  const { bytes } = reading;
  const first = bytes.indexOf(form.slice(0, minLength));
  if (first < 0) return undefined;
  const shorter = shorterMatches(form);
  let last: Range | undefined;
  let matched = 0;
  for (let at = first; at < bytes.length; at += 1) {
    const byte = bytes.charCodeAt(at);
    while (matched > 0 && form.charCodeAt(matched) !== byte) matched = shorter[matched - 1] ?? 0;
    if (form.charCodeAt(matched) === byte) matched += 1;
    if (matched < form.length) continue;
    const [begin, end] = [reading.begin(at + 1 - form.length), reading.end(at)];
    if (last !== undefined && begin < last.end) last.end = end;
    else found.push((last = { begin, end }));
    matched = shorter[matched - 1] ?? 0;
  }
  return matched < minLength ? undefined : reading.begin(bytes.length - matched);
}

/** For each number of characters that match, less one: how many still match if the match began later. */
function shorterMatches(form: string): Uint32Array {
  const shorter = new Uint32Array(form.length);
  let matched = 0;
  for (let at = 1; at < form.length; at += 1) {
    const byte = form.charCodeAt(at);
    while (matched > 0 && form.charCodeAt(matched) !== byte) matched = shorter[matched - 1] ?? 0;
    if (form.charCodeAt(matched) === byte) matched += 1;
    shorter[at] = matched;
  }
  return shorter;
}

/** What to search for, in bytes. */
function formsOf(secret: string): string[] {
  const texts = [secret, secret.trim(), safeText(secret).trim()].filter(({ length }) => length >= minLength);
  return texts.flatMap((text) => (/^[\w.~-]*$/.test(text) ? [text] : writtenForms(text.toWellFormed())));
}

function writtenForms(text: string): string[] {
  const bytes = bytesOf(text);
  return [
    bytes,
    // A part of a URL is a secret as it was written; receivers know it decoded.
    percentDecoded(bytes),
    bytes.replaceAll(' ', '+'),
    // Readings undo these, too, but where a "%" or backslash just before them swallows their beginning.
    encodeURIComponent(text),
    bytesOf(JSON.stringify(text).slice(1, -1)),
  ].filter(({ length }) => length >= minLength);
}
