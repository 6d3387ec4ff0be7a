import type { Pipeline } from '../../shared/pipelines/pipeline.ts';
import type { Serialise } from './batcher.ts';
import { createTyper } from './typed.ts';
import { fileOf, type UploadedObject } from './upload.ts';

/**
 * A record as the JSON of its CloudEvent. It is known by the object, its generation and the record's first byte: the
 * same in every reading of the file.
 */
export function createSerialiser(object: UploadedObject, pipeline: Pipeline): Serialise {
  const source = JSON.stringify(fileOf(object));
  const typed = createTyper(pipeline.schema);
  return ({ value, offset, line }, tabular) => {
    const data = JSON.stringify(tabular ? typed(value) : value);
    const id = `"${object.generation}-${offset}"`;
    return `{"specversion":"1.0","id":${id},"source":${source},"type":"millrace.event","line":${line},"data":${data}}`;
  };
}
