import { describe, expect, it } from 'vitest';
import { type Asked, readAsked, uploadOf } from './upload-url.ts';

const ASKED: Asked = { pipeline: 'items', name: 'a.csv', contentType: 'text/csv', size: 5 };
const NOW = new Date('2026-03-01T12:00:30.123Z');
const read = (body: unknown, most = 100) =>
  readAsked(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), most);

describe('an upload', () => {
  it('is asked for by pipeline, name, type and size', () => {
    expect(read(ASKED)).toEqual(ASKED);
    expect(read({ ...ASKED, contentType: undefined }).contentType).toBe('application/octet-stream');
    expect(read({ ...ASKED, size: 100 }).size).toBe(100);
  });

  it('is a new object below the pipeline and the user', () => {
    expect(uploadOf(ASKED, 'ann', NOW)).toEqual({
      object: 'items/ann/20260301T120030123Z-a.csv',
      contentType: 'text/csv',
      headers: {
        'x-goog-content-length-range': '5,5',
        'x-goog-if-generation-match': '0',
        'x-goog-meta-pipeline': 'items',
        'x-goog-meta-uploader': 'ann',
      },
    });
    expect(uploadOf(ASKED, 'ann', new Date(NOW.getTime() + 1)).object).not.toBe(
      uploadOf(ASKED, 'ann', NOW).object,
    );
  });

  it.each<[string, string]>([
    ['../../secret.csv', 'secret.csv'],
    ['C:\\data\\März 1.csv', 'M-rz-1.csv'],
    ['..', '..'],
    ['<b>"x"\r\n</b>', 'b-'],
    [`${'x'.repeat(250)}.csv`, `${'x'.repeat(76)}.csv`],
  ])('of %j is called %s at its end', (name, safe) => {
    expect(uploadOf({ ...ASKED, name }, 'ann', NOW).object).toBe(`items/ann/20260301T120030123Z-${safe}`);
  });

  it('stays below its user, whatever the user is called', () => {
    const { object, headers } = uploadOf(ASKED, '../bob/ä', NOW);
    expect(object.split('/')).toEqual(['items', '..%2Fbob%2F%C3%A4', expect.any(String)]);
    expect(headers['x-goog-meta-uploader']).toBe('..%2Fbob%2F%C3%A4');
  });

  it.each<[number, string, unknown]>([
    [400, 'not JSON', '{'],
    [400, 'no JSON object', []],
    [400, 'pipeline is missing', { ...ASKED, pipeline: undefined }],
    [400, 'name is ""', { ...ASKED, name: '' }],
    [400, 'name is "xxx', { ...ASKED, name: 'x'.repeat(256) }],
    [400, 'contentType is "csv"', { ...ASKED, contentType: 'csv' }],
    [400, 'contentType is "a/b\\r\\nx-evil: 1"', { ...ASKED, contentType: 'a/b\r\nx-evil: 1' }],
    [400, 'size is 0', { ...ASKED, size: 0 }],
    [400, 'size is 1.5', { ...ASKED, size: 1.5 }],
    [400, 'size is "5"', { ...ASKED, size: '5' }],
    [413, 'The file has 101 bytes', { ...ASKED, size: 101 }],
    [413, 'The body has 10001 bytes', ' '.repeat(10_001)],
  ])('is refused by %d: %s', (status, words, body) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(words) }),
    );
  });
});
