/** For every answer: no sniffing, no frames, no referrers, nothing kept unless its name says what is in it. */
const COMMON = {
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const YEAR = 'public, max-age=31536000, immutable';

/** Vite puts a hash of the content into the names of what it writes to assets/. */
const isHashed = (path: string): boolean => path.startsWith('/assets/');

/**
 * The headers of a page or file. Scripts and styles come from files of ours alone, and no text can become markup: the
 * browser itself refuses it, whatever a line of code forgets ({@link https://www.w3.org/TR/CSP3/},
 * {@link https://www.w3.org/TR/trusted-types/}).
 *
 * @param origins that the page may talk to, such as the emulators'
 */
export function headersOf(path: string, type: string, origins: readonly string[]): Record<string, string> {
  return {
    ...COMMON,
    'content-type': type,
    ...(isHashed(path) && { 'cache-control': YEAR }),
    ...(type.startsWith('text/html') && { 'content-security-policy': policy(origins) }),
  };
}

function policy(origins: readonly string[]): string {
  return Object.entries({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data:",
    'connect-src': ["'self'", ...origins].join(' '),
    'manifest-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
