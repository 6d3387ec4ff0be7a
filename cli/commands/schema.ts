import { type Command, CommandError, EXIT } from '../command.ts';
import { SITE_OPTIONS } from '../letters/options.ts';

const SAMPLE = 200;

export const schemaCommand: Command = {
  name: 'schema',
  summary: 'Writes the schema of a collection, by some of its documents, as views of a mirror take it.',
  usage: 'COLLECTION [--sample N] [--group] [--project ID] [--port BASE]',
  options: {
    sample: {
      type: 'string',
      value: 'N',
      description: `Look at so many documents (default ${SAMPLE}); each is a read`,
    },
    group: { type: 'boolean', description: 'Of all collections of that name' },
    ...SITE_OPTIONS,
  },
  positionals: [1, 1],
  examples: [['millrace schema alerts > alerts.json', 'a file for pipelines/mirrors/schemas']],
  run: async ({ positionals: [collection = ''], options }) => {
    const sample = Number(options['sample'] ?? SAMPLE);
    if (!Number.isSafeInteger(sample) || sample < 1)
      throw new CommandError(`--sample takes a whole number from 1, such as ${SAMPLE}.`, EXIT.usage);
    const { openSite } = await import('../letters/site.ts');
    const { firestore } = await openSite(options);
    const { inferSchema } = await import('../backfill/infer.ts');
    const { fieldsOfClient } = await import('../../shared/mirrors/client-values.ts');
    const query = options['group'] ? firestore.collectionGroup(collection) : firestore.collection(collection);
    const { docs } = await query.limit(sample).get();
    await firestore.terminate();
    const fields = inferSchema(docs.map(document => fieldsOfClient(document.data())));
    if (fields.length === 0)
      throw new CommandError(`There is nothing in ${collection} to tell a schema from.`);
    console.log(JSON.stringify({ fields }, null, 2));
    return EXIT.ok;
  },
};
