// Turns whatever a receiver sent into text that is safe to store and to print, within a bound of bytes.

const decoder = new TextDecoder();

/**
 * Control characters other than tab, LF and CR (they drive terminals), and the marks that reorder text on
 * screen (they make a record read as something it is not).
 */
// oxlint-disable-next-line no-control-regex -- these are what has to go
const unsafe = /[\0-\x08\v\f\x0E-\x1F\x7F-\x9F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** A receiver's text, or bytes of what should be UTF-8, without unsafe characters; what is no UTF-8 is U+FFFD. */
export function safeText(source: string | Uint8Array): string {
  return (typeof source === 'string' ? source.toWellFormed() : decoder.decode(source)).replace(unsafe, '');
}

/**
 * The longest beginning of a receiver's text that fits, without unsafe characters; never half a character.
 * @param source text, or bytes of what should be UTF-8
 * @param maxEncodedBytes bound in bytes as the API server encodes text in JSON, quotation marks not counted
 * @param redact takes out of the whole text what must not be stored: of a beginning it could not tell
 */
export function recordable(
  source: string | Uint8Array,
  maxEncodedBytes: number,
  redact: (text: string) => string = (text) => text,
): string {
  // Redacted after the characters that nobody sees are gone: they could stand in the middle of a secret. What
  // is this far behind the bound cannot get into it, unless it is full of secrets.
  const text = redact(safeText(source).slice(0, 8 * maxEncodedBytes)).toWellFormed();
  // No character encodes to more than six bytes, so short texts need no counting.
  if (text.length * 6 <= maxEncodedBytes) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += encodedBytes(character);
    if (bytes > maxEncodedBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** Bytes that Go's encoding/json, which the API server stores and sends with, makes of one code point. */
function encodedBytes(character: string): number {
  switch (character) {
    case '<':
    case '>':
    case '&':
    case '\u2028':
    case '\u2029':
      return 6;
    case '"':
    case '\\':
    case '\n':
    case '\r':
    case '\t':
      return 2;
    default:
      return Buffer.byteLength(character);
  }
}
