/**
 * A mirror as the Firebase extension has it: each change is one insert of one row, tried as often as the client does; what fails then is
 * logged and gone, since retries of the function are off. Only the bench wakes it, in the place of the step `mirror`.
 */
import type { BigQuery, Table } from '@google-cloud/bigquery';
import { createBigQuery } from '../../../../shared/bigquery/client.ts';
import { projectId } from '../../../../shared/config/config.ts';
import { decodeDocumentEventData } from '../../../../shared/events/firestore-codec.ts';
import { toPlain } from '../../../../shared/events/firestore-values.ts';
import { onEvent } from '../../../../shared/step/step.ts';

let client: Promise<BigQuery> | undefined;
let table: Promise<Table> | undefined;

onEvent<unknown>('mirror', async (event, { log }) => {
  if (!(event.data instanceof Uint8Array)) return;
  client ??= createBigQuery(projectId());
  table ??= client.then(async bigquery => {
    const dataset = bigquery.dataset('firestore_export');
    const fields = ['event_id', 'document_name', 'operation', 'data'].map(name => ({ name, type: 'STRING' }));
    const [made] = await dataset.createTable('items_raw_changelog', { schema: { fields } });
    return made;
  });
  const { value, oldValue } = decodeDocumentEventData(event.data);
  const operation = value ? (oldValue ? 'UPDATE' : 'CREATE') : 'DELETE';
  const data = value && JSON.stringify(toPlain(value.fields));
  const row = { event_id: event.id, document_name: String(event['document']), operation, data };
  try {
    // The client itself tries three times more.
    await (await table).insert([row], { createInsertId: false, partialRetries: 0 });
  } catch (error) {
    log.error('The row is lost', { error: String(error) });
  }
});
