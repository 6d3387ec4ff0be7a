import { describe, expect, it } from 'vitest';
import { errorOf, fixture } from './testing.ts';

describe('buckets through the official client', () => {
  it('are made, found, listed by project, and removed', async () => {
    const { client } = await fixture();
    const [bucket] = await client.createBucket('demo-pipelines', {
      location: 'europe-west4',
      labels: { team: 'data' },
    });
    expect(bucket.metadata).toMatchObject({
      location: 'EUROPE-WEST4',
      metageneration: '1',
      labels: { team: 'data' },
    });
    const [buckets] = await client.getBuckets();
    expect(buckets.map(({ name }) => name)).toEqual(['demo-pipelines', 'uploads']);
    const [others] = await client.getBuckets({ project: 'another' });
    expect(others.map(({ name }) => name)).toEqual(['uploads']);
    await bucket.delete();
    expect(await bucket.exists()).toEqual([false]);
  });

  it('keep changed settings and count their changes', async () => {
    const { client } = await fixture();
    const bucket = client.bucket('uploads');
    await bucket.setLabels({ a: '1', b: '2' });
    await bucket.setLabels({ a: '3' });
    await bucket.deleteLabels('b');
    await bucket.setMetadata({
      lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 3 } }] },
    });
    const [metadata] = await bucket.getMetadata();
    expect(metadata).toMatchObject({ metageneration: '5', labels: { a: '3' } });
    expect(metadata.labels).toEqual({ a: '3' });
    expect(metadata.lifecycle?.rule).toHaveLength(1);
    await expect(bucket.setMetadata({}, { ifMetagenerationMatch: 1 })).rejects.toMatchObject({ code: 412 });
  });

  it('keep an IAM policy and guard it with its etag', async () => {
    const { client } = await fixture();
    const { iam } = client.bucket('uploads');
    const [policy] = await iam.getPolicy();
    policy.bindings.push({ role: 'roles/storage.objectViewer', members: ['allUsers'] });
    const [saved] = await iam.setPolicy(policy);
    expect(saved.bindings).toEqual(policy.bindings);
    await expect(iam.setPolicy(policy)).rejects.toMatchObject({ code: 412 });
    const [permissions] = await iam.testPermissions(['storage.objects.get']);
    expect(permissions).toEqual({ 'storage.objects.get': true });
  });

  it('are not removed while they hold objects', async () => {
    const { client } = await fixture();
    const bucket = client.bucket('uploads');
    await bucket.file('a').save('x', { resumable: false });
    await expect(bucket.delete()).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining('not empty'),
    });
    await bucket.deleteFiles();
    await bucket.delete();
  });

  it('refuse a second one of the same name, and bad names', async () => {
    const { client } = await fixture();
    await expect(client.createBucket('uploads')).rejects.toMatchObject({ code: 409 });
    for (const name of ['no', 'Upper-case', 'goog-x', 'a..b', 'x'.repeat(64), '../etc'])
      await expect(client.createBucket(name), name).rejects.toMatchObject({ code: 400 });
  });
});

describe('buckets on the wire', () => {
  it('need a project, a name and a body that is JSON', async () => {
    const { url } = await fixture();
    const post = (query: string, body: string) =>
      fetch(`${url}/storage/v1/b${query}`, { method: 'POST', body });
    expect(await errorOf(await post('', '{"name":"some-bucket"}'))).toMatchObject({
      code: 400,
      reason: 'required',
    });
    expect(await errorOf(await post('?project=p', '{}'))).toMatchObject({ code: 400, reason: 'required' });
    expect(await errorOf(await post('?project=p', '{"name":'))).toMatchObject({
      code: 400,
      reason: 'parseError',
    });
    expect(await errorOf(await post('?project=p', '[]'))).toMatchObject({ code: 400 });
    expect(await errorOf(await post('?project=p', '{"name":{"__proto__":1}}'))).toMatchObject({ code: 400 });
    const versioned = '{"name":"some-bucket","versioning":{"enabled":true}}';
    expect(await errorOf(await post('?project=p', versioned))).toMatchObject({
      code: 501,
      message: "Object versioning is not implemented in Millrace's local suite",
    });
  });

  it('are there without a prefix too, as the Node client asks where STORAGE_EMULATOR_HOST is set', async () => {
    const { url } = await fixture();
    expect(await (await fetch(`${url}/b/uploads`)).json()).toMatchObject({
      kind: 'storage#bucket',
      name: 'uploads',
    });
    expect(await (await fetch(`${url}/storage/v1/projects/p/serviceAccount`)).json()).toMatchObject({
      email_address: expect.stringContaining('gs-project-accounts'),
    });
  });
});
