import { basename } from 'node:path';
import { PROJECT } from '../../emulators/suite-address.ts';
import { type Command, EXIT, JSON_OPTION } from '../command.ts';
import { connect, firestoreClient, PORT_OPTION, portHint } from '../connect.ts';
import { choosePipeline } from '../pipelines.ts';
import { checkFile, send } from '../send.ts';
import { settle } from '../settle.ts';
import { count, green } from '../terminal.ts';

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
    ['millrace upload quakes.geojson --pipeline quakes', 'JSON, GeoJSON, CSV, logs, Parquet; also gzipped'],
    [
      'millrace upload data.csv --json | tail -1',
      '{"upload":…,"records":…,"accepted":…,"rejected":…,"seconds":…}',
    ],
  ],
  run: async ({ positionals: [file = ''], options }) => {
    const began = performance.now();
    await checkFile(file);
    const address = await connect(options['port'] as string | undefined);
    const pipeline = await choosePipeline(address, options['pipeline'] as string | undefined);
    const { Storage } = await import('@google-cloud/storage');
    const { id, name } = await send(new Storage({ projectId: PROJECT }), file, pipeline);
    const firestore = await firestoreClient();
    const document = await settle(firestore, id, address.control, basename(file));
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
    if (failed) console.error(`${name} could not be read: ${document['error']?.reason}`);
    if (options['json']) console.log(JSON.stringify(result));
    else {
      const line = `${count(result.accepted)} of ${count(records)} records accepted in ${result.seconds.toFixed(2)} s`;
      console.log(failed ? line : green(line));
      if (rejected > 0) {
        console.log(
          `${count(rejected)} rejected; which and why: npm run -s millrace -- dead-letters --upload ${id}${portHint(address.base)}`,
        );
      }
    }
    return failed ? EXIT.failed : EXIT.ok;
  },
};
