import type { Log } from '../functions/log.ts';
import type { HotDocument } from './hot.ts';

/** Says of a collection's first hot document that it is: status knows the rest. */
export function tellHot(log: Log): (document: HotDocument) => void {
  const told = new Set<string>();
  return ({ path, writes, seconds, by }) => {
    const collection = path.slice(0, path.lastIndexOf('/'));
    if (told.has(collection)) return;
    told.add(collection);
    const message =
      `${path} is hot: ${by.join(', ')} wrote it ${writes} times in ${seconds.toFixed(1)} s. ` +
      'Firestore sustains about one write a second of a document. millrace status names all that are hot.';
    log({ severity: 'WARNING', message, fields: {} });
  };
}
