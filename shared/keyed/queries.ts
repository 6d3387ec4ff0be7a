import type { Firestore, Query } from '@google-cloud/firestore';
import { collectionOf } from './documents.ts';
import type { Progress } from './progress.ts';
import type { GroupName, KeyedQueries, OperatorProgress } from './sweep.ts';

/** The queries in Firestore. Besides the automatic indexes they need keyGroups (operator, dueWatermark). */
export function keyedQueries(firestore: Firestore, step: string): KeyedQueries {
  const groups = firestore.collection(collectionOf(step, 'keyGroups'));
  const names = async (query: Query): Promise<GroupName[]> => {
    const { docs } = await query.select('operator', 'name').get();
    return docs.map(one => ({ operator: one.get('operator'), group: one.get('name') }));
  };
  return {
    progress: async operator => {
      const all = firestore.collection(collectionOf(step, 'progress'));
      const { docs } = await (operator === undefined ? all : all.where('operator', '==', operator)).get();
      return docs.map(
        (one): OperatorProgress => ({
          operator: one.get('operator'),
          clockedBy: one.get('clockedBy'),
          progress: one.get('inputs') as Progress,
        }),
      );
    },
    dueByClock: (clock, limit) => names(groups.where('dueAt', '<=', new Date(clock)).limit(limit)),
    dueByWatermark: (operator, watermark, limit) =>
      names(
        groups
          .where('operator', '==', operator)
          .where('dueWatermark', '<=', new Date(watermark))
          .limit(limit),
      ),
    outbox: async (before, limit) => {
      const messages = firestore.collection(collectionOf(step, 'outbox'));
      const { docs } = await messages.where('at', '<=', new Date(before)).select().limit(limit).get();
      return docs.map(({ ref }) => ref.path);
    },
  };
}
