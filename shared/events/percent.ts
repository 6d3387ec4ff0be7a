/** What encoding leaves as it is, as most attributes are. */
const PLAIN = /^[\x21\x23\x24\x26-\x7e]*$/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Encodes a CloudEvents attribute as an HTTP header value: space, double quote, percent and everything outside printable
 * ASCII as the percent-encoded bytes of its UTF-8; everything else as it is. A lone surrogate becomes U+FFFD.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
 */
export function encodePercent(value: string): string {
  if (PLAIN.test(value)) return value;
  return value.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]+/gu, escapeBytes);
}

function escapeBytes(text: string): string {
  return Array.from(Buffer.from(text), byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
}

/**
 * Reads a header value back: what is in quotes is unquoted first, then percent sequences are decoded as UTF-8.
 * Sequences that are no UTF-8, or no hexadecimal digits, stay as they are: a strange id must not stop an event.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
 */
export function decodePercent(value: string): string {
  if (!value.includes('%') && !value.startsWith('"')) return value;
  const quoted = /^"((?:[^"\\]|\\.)*)"$/su.exec(value)?.[1];
  const text = quoted === undefined ? value : quoted.replace(/\\(.)/gsu, '$1');
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, unescapeBytes);
}

function unescapeBytes(escaped: string): string {
  try {
    return UTF8.decode(Buffer.from(escaped.replaceAll('%', ''), 'hex'));
  } catch {
    return escaped;
  }
}
