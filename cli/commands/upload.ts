import type { Storage } from '@google-cloud/storage';
import { PROJECT } from '../../emulators/suite-address.ts';
import { bucketName } from '../../shared/config/config.ts';
import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { connect, firestoreClient, PORT_OPTION } from '../connect.ts';
import { send } from '../send.ts';
import { settle } from '../settle.ts';
import { count, green, red } from '../terminal.ts';

export const upload: Command = {
  name: 'upload',
  summary: 'Uploads a file, and waits until all that comes of it has come.',
  usage: 'FILE [--pipeline P] [--port BASE] [--json]',
  options: {
    pipeline: {
      type: 'string',
      value: 'P',
      description: 'Pipeline the records belong to; needed where there are several',
    },
    port: PORT_OPTION,
    json: JSON_OPTION,
  },
  positionals: [1, 1],
  examples: [
    [
      'millrace upload quakes.geojson --pipeline quakes',
      'GeoJSON, JSON, NDJSON, CSV, TSV; each also gzipped',
    ],
    [
      'millrace upload data.csv --json | tail -1',
      '{"upload":…,"records":…,"accepted":…,"rejected":…,"seconds":…}',
    ],
  ],
  run: async ({ positionals: [file = ''], options }) => {
    const began = performance.now();
    const { control } = await connect(options['port'] as string | undefined);
    const { Storage } = await import('@google-cloud/storage');
    const storage = new Storage({ projectId: PROJECT });
    const pipeline = (options['pipeline'] as string | undefined) ?? (await onlyPipeline(storage));
    const { id, name } = await send(storage, file, pipeline);
    const firestore = await firestoreClient();
    const document = await settle(firestore, id, control);
    await firestore.terminate();

    const { records = 0, rejected = 0 } = document['counts'] ?? {};
    const result = {
      upload: id,
      records,
      accepted: records - rejected,
      rejected,
      seconds: Number(((performance.now() - began) / 1000).toFixed(3)),
    };
    const failed = document['state'] === 'failed';
    if (failed) console.error(red(`${name}: ${document['error']?.reason}`));
    if (options['json']) console.log(JSON.stringify(result));
    else {
      const line = `${count(result.accepted)} of ${count(records)} records accepted in ${result.seconds.toFixed(2)} s`;
      console.log(failed ? line : green(line));
      if (rejected > 0)
        console.log(`${count(rejected)} rejected: millrace watch deadLetters says which and why`);
    }
    return failed ? EXIT.failed : EXIT.ok;
  },
};

async function onlyPipeline(storage: Storage): Promise<string> {
  const prefix = 'current/';
  const [files] = await storage.bucket(bucketName('pipelines', PROJECT)).getFiles({ prefix });
  const names = files.map(file => file.name.slice(prefix.length, -'.json'.length));
  if (names.length === 1) return names[0]!;
  throw new CommandError(
    `Which pipeline? Say --pipeline ${names.join(' or --pipeline ') || 'NAME'}.`,
    EXIT.usage,
  );
}
