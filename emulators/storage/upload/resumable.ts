import { unimplemented } from '../errors.ts';
import type { Call, Handler, Reply } from '../http.ts';
export async function begin(_: Call): Promise<Reply> {
  throw unimplemented('resumable uploads');
}
export const resume: Handler = () => {
  throw unimplemented('resumable uploads');
};
export const cancel: Handler = () => {
  throw unimplemented('resumable uploads');
};
