import { describe, expect, it } from 'vitest';
import { fixture } from './testing.ts';

describe('the storage emulator', () => {
  it('takes a simple upload of the official client and gives the bytes back', async () => {
    const { client, events, changes } = await fixture();
    const file = client.bucket('uploads').file('flights/2001 é+%.csv');
    await file.save('a,b\n1,2\n', {
      resumable: false,
      metadata: { contentType: 'text/csv', metadata: { pipeline: 'flights' } },
    });
    const [bytes] = await file.download();
    expect(bytes.toString()).toBe('a,b\n1,2\n');
    expect(events()).toEqual(['finalized flights/2001 é+%.csv']);
    expect(changes[0]!.object).toMatchObject({
      bucket: 'uploads',
      contentType: 'text/csv',
      size: '8',
      metageneration: '1',
      metadata: { pipeline: 'flights' },
    });
  });
});
