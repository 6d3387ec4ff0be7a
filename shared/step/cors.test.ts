import { describe, expect, it } from 'vitest';
import { corsHeaders, isPreflight, readOrigins } from './cors.ts';

const origins = readOrigins('https://console.example, http://localhost:8700,');

describe('a page', () => {
  it('of a configured origin may call, with the headers that it asks for', () => {
    const headers = {
      origin: 'http://localhost:8700',
      'access-control-request-headers': 'authorization,content-type',
    };
    expect(corsHeaders(headers, origins)).toMatchObject({
      vary: 'origin',
      'access-control-allow-origin': 'http://localhost:8700',
      'access-control-allow-headers': 'authorization,content-type',
    });
  });

  it.each([
    undefined,
    'null',
    'https://evil.example',
    'https://console.example.evil.example',
    'http://console.example',
  ])('of the origin %s may not', origin => {
    expect(corsHeaders({ origin }, origins)).toEqual({ vary: 'origin' });
  });

  it('may call nothing where no origin is configured', () => {
    expect(corsHeaders({ origin: 'https://console.example' }, readOrigins(''))).toEqual({ vary: 'origin' });
  });

  it('asks before it sends anything unusual', () => {
    expect(isPreflight('OPTIONS', { 'access-control-request-method': 'POST' })).toBe(true);
    expect(isPreflight('OPTIONS', {})).toBe(false);
    expect(isPreflight('POST', { 'access-control-request-method': 'POST' })).toBe(false);
  });
});

it.each(['*', 'console.example', 'https://console.example/', 'https://CONSOLE.example', 'file:///x'])(
  'the origin %s is refused by name',
  entry => {
    expect(() => readOrigins(`https://a.example,${entry}`)).toThrow(
      `MILLRACE_ORIGINS: "${entry}" is no origin`,
    );
  },
);
