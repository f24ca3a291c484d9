// The ways in which a receiver may write text into an answer, read back so that it can be searched.

/**
 * Text as one reading of it has it: a string of bytes (UTF-8, one character each), because percent-encoding
 * and base64 are of bytes.
 */
export interface Reading {
  readonly bytes: string;
  /** Where in the original a byte begins. */
  begin(index: number): number;
  /** Where in the original it ends. */
  end(index: number): number;
}

/** Text as a string of its bytes in UTF-8. */
export const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

/** As it is; as JSON, a URL and HTML write it; a URL in JSON, and JSON in JSON; and base64 in most of these. */
export function readingsOf(bytes: string): Reading[] {
  const plain = plainReading(bytes);
  const [asJson, asUrl, asHtml] = [unescape(plain, json), unescape(plain, percent), unescape(plain, html)];
  const texts = [plain, asJson, asUrl, asJson && unescape(asJson, percent), asJson && unescape(asJson, json)];
  const known = texts.filter((reading) => reading !== undefined);
  return [...known, ...(asHtml === undefined ? [] : [asHtml]), ...known.flatMap(base64Readings)];
}

/** The bytes that percent-encoded bytes stand for. */
export function percentDecoded(bytes: string): string {
  return bytes.replaceAll(/%[0-9a-f]{2}/gi, percent.decode);
}

/** Without U+FFFD at the end, which is what is left of a character that was cut. */
function plainReading(bytes: string): Reading {
  return {
    bytes: bytes.endsWith('\xef\xbf\xbd') ? bytes.replace(/(?:\xef\xbf\xbd)+$/, '') : bytes,
    begin: (index) => index,
    end: (index) => index + 1,
  };
}

/** All escape sequences of one kind; the group `broken` is the beginning of one where the text ends. */
interface Escape {
  /** Without it there are none. */
  readonly sign: string;
  readonly sequences: RegExp;
  /** The bytes that a whole sequence stands for. */
  readonly decode: (sequence: string) => string;
}

const percent: Escape = {
  sign: '%',
  sequences: /(?<broken>%[0-9a-f]?$)|%[0-9a-f]{2}/gi,
  decode: (sequence) => String.fromCharCode(Number.parseInt(sequence.slice(1), 16)),
};

const jsonLetters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Characters beyond U+FFFF are two sequences. */
const json: Escape = {
  sign: '\\',
  sequences: new RegExp(
    String.raw`(?<broken>\\ud[89ab]..(\\(u[0-9a-f]{0,3})?)?$|\\(u[0-9a-f]{0,3})?$)` +
      String.raw`|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\["\\/bfnrt]`,
    'gi',
  ),
  decode: (sequence) => {
    if (sequence.length === 2) return jsonLetters[sequence.charAt(1)] ?? sequence.charAt(1);
    const units = [sequence.slice(2, 6), sequence.slice(8)].filter((unit) => unit !== '');
    return bytesOf(String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))));
  },
};

const entities: Readonly<Record<string, string>> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };

const html: Escape = {
  sign: '&',
  sequences: /(?<broken>&#?[0-9a-z]{0,6}$)|&(?:#\d{1,6}|#x[0-9a-f]{1,5}|amp|apos|gt|lt|quot);/gi,
  decode: (sequence) => {
    const name = sequence.slice(1, -1).toLowerCase();
    if (!name.startsWith('#')) return entities[name] ?? sequence;
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return bytesOf(String.fromCodePoint(code));
  },
};

/** Nothing if it has no escape sequence. */
function unescape(source: Reading, { sign, sequences, decode }: Escape): Reading | undefined {
  if (!source.bytes.includes(sign)) return undefined;
  const begins: number[] = [];
  const ends: number[] = [];
  let bytes = '';
  const add = (decoded: string, first: number, last: number): void => {
    bytes += decoded;
    for (let count = 0; count < decoded.length; count += 1) {
      begins.push(source.begin(first));
      ends.push(source.end(last));
    }
  };
  let at = 0;
  const copyTo = (end: number): void => {
    for (; at < end; at += 1) add(source.bytes.charAt(at), at, at);
  };
  for (const { 0: sequence, index, groups } of source.bytes.matchAll(sequences)) {
    copyTo(index);
    if (groups?.['broken'] === undefined) add(decode(sequence), index, index + sequence.length - 1);
    at = index + sequence.length;
  }
  if (at === 0) return undefined;
  copyTo(source.bytes.length);
  return { bytes, begin: (index) => begins[index] ?? 0, end: (index) => ends[index] ?? 0 };
}

/** Stands between and behind what is decoded, and matches nothing: it is no byte. */
const gap = '\u0100';

/** Every run of base64 or base64url long enough for a secret, read from its first, second, third and fourth character. */
function base64Readings(source: Reading): Reading[] {
  const runs = [...source.bytes.matchAll(/[A-Za-z0-9+/_-]{8,}/g)];
  if (runs.length === 0) return [];
  return [0, 1, 2, 3].map((skipped) => {
    let bytes = '';
    const positions: number[] = [];
    for (const { 0: run, index } of runs) {
      const decoded = Buffer.from(run.slice(skipped), 'base64').toString('latin1');
      for (let count = 0; count < decoded.length; count += 1)
        positions.push(index + skipped + Math.floor((count * 4) / 3));
      bytes += decoded;
      if (index + run.length === source.bytes.length) continue;
      bytes += gap;
      positions.push(0);
    }
    return {
      bytes,
      begin: (index) => source.begin(positions[index] ?? 0),
      // Every byte is spread over two characters.
      end: (index) => source.end((positions[index] ?? 0) + 1),
    };
  });
}
