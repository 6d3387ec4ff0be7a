import type { StoredDocument } from '../document.ts';
import { type ListenMessage, resumeToken } from '../listen-messages.ts';
import { documentJson, rpcStatusJson, timeJson } from './to-json.ts';

/** The document sent last: a thousand listeners get the same one, one after the other. */
let last: { readonly document: StoredDocument; readonly text: string } | undefined;

function documentText(document: StoredDocument): string {
  if (last?.document !== document) last = { document, text: JSON.stringify(documentJson(document)) };
  return last.text;
}

/** google.firestore.v1.ListenResponse as JSON, without what has its default. */
export function listenResponseJson(message: ListenMessage): string {
  switch (message.kind) {
    case 'change': {
      const { document, targetIds, removedTargetIds } = message;
      const ids = targetIds.length > 0 ? `,"targetIds":[${targetIds}]` : '';
      const removed = removedTargetIds.length > 0 ? `,"removedTargetIds":[${removedTargetIds}]` : '';
      return `{"documentChange":{"document":${documentText(document)}${ids}${removed}}}`;
    }
    case 'delete':
    case 'remove': {
      const { name: document, removedTargetIds, readTime } = message;
      const gone = { document, removedTargetIds, readTime: timeJson(readTime) };
      return JSON.stringify(message.kind === 'delete' ? { documentDelete: gone } : { documentRemove: gone });
    }
    case 'filter':
      return JSON.stringify({ filter: { targetId: message.targetId, count: message.count } });
    case 'target': {
      const { type, targetIds, cause, readTime } = message;
      const targetChange = {
        ...(type !== 'NO_CHANGE' && { targetChangeType: type }),
        ...(targetIds.length > 0 && { targetIds }),
        ...(cause && { cause: rpcStatusJson(cause) }),
        ...(readTime !== undefined && {
          resumeToken: Buffer.from(resumeToken(readTime)).toString('base64'),
          readTime: timeJson(readTime),
        }),
      };
      return JSON.stringify({ targetChange });
    }
  }
}
