import { describe, expect, it } from 'vitest';
import { conditions, etagConditions } from './preconditions.ts';

const LIVE = { generation: '7', metageneration: '2', etag: 'e' };
const held = (query: string, current: typeof LIVE | undefined, mode: 'read' | 'write' = 'write') => {
  try {
    conditions(new URLSearchParams(query), mode)(current);
    return 'holds';
  } catch (error) {
    return (error as { code: number }).code;
  }
};

describe('preconditions', () => {
  it.each([
    ['', LIVE, 'holds'],
    ['ifGenerationMatch=7', LIVE, 'holds'],
    ['ifGenerationMatch=007', LIVE, 'holds'],
    ['ifGenerationMatch=8', LIVE, 412],
    ['ifGenerationMatch=0', LIVE, 412],
    ['ifGenerationMatch=0', undefined, 'holds'],
    ['ifGenerationMatch=7', undefined, 412],
    ['ifGenerationNotMatch=7', LIVE, 412],
    ['ifGenerationNotMatch=8', LIVE, 'holds'],
    ['ifGenerationNotMatch=0', undefined, 412],
    ['ifGenerationNotMatch=0', LIVE, 'holds'],
    ['ifMetagenerationMatch=2', LIVE, 'holds'],
    ['ifMetagenerationMatch=1', LIVE, 412],
    ['ifMetagenerationMatch=1', undefined, 412],
    ['ifMetagenerationNotMatch=2', LIVE, 412],
    ['ifGenerationMatch=7&ifMetagenerationMatch=1', LIVE, 412],
    ['ifGenerationMatch=soon', LIVE, 400],
  ] as const)('%s against %o: %s', (query, current, expected) => {
    expect(held(query, current)).toBe(expected);
  });

  it('answer a read whose NotMatch fails with 304', () => {
    expect(held('ifGenerationNotMatch=7', LIVE, 'read')).toBe(304);
    expect(held('ifMetagenerationNotMatch=2', LIVE, 'read')).toBe(304);
    expect(held('ifGenerationMatch=8', LIVE, 'read')).toBe(412);
  });

  it('take etags, weak or strong, alone or in a list', () => {
    const code = (headers: Record<string, string>) => {
      try {
        etagConditions(headers)(LIVE);
        return 'holds';
      } catch (error) {
        return (error as { code: number }).code;
      }
    };
    expect(code({ 'if-none-match': 'W/"e"' })).toBe(304);
    expect(code({ 'if-none-match': '"a", "e"' })).toBe(304);
    expect(code({ 'if-none-match': '"a"' })).toBe('holds');
    expect(code({ 'if-match': '"a"' })).toBe(412);
    expect(code({ 'if-match': '*' })).toBe('holds');
  });
});
