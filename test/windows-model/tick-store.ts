import type { SliceNotice } from '../../functions/tick/lanes.ts';
import { saveWatermark, watermarkOf } from '../../functions/tick/store.ts';
import type { LaneNotice, TickStore } from '../../functions/tick/tick.ts';
import type { OpenUpload } from '../../functions/tick/uploads.ts';
import { type Fields, millisOf, type RunTransaction } from '../../shared/windows/transaction.ts';
import type { Memory } from './memory.ts';

/** The queries of a tick over documents in memory; each is a moment of its own. */
export function memoryTickStore(memory: Memory, run: RunTransaction, turn: () => Promise<void>): TickStore {
  const lanes = async (matches: (fields: Fields) => boolean, limit: number): Promise<LaneNotice[]> => {
    await turn();
    const found = memory.collection('_millrace/aggregate/lanes').filter(([, fields]) => matches(fields));
    return found.slice(0, limit).map(([, fields]) => {
      const { pipeline, window, shape, start, lane, lanes, spec, live, commits, sources } =
        fields as unknown as LaneNotice;
      return { pipeline, window, shape, start: millisOf(start), lane, lanes, spec, live, commits, sources };
    });
  };
  const before = (value: unknown, limit: number): boolean =>
    value !== null && value !== undefined && millisOf(value) <= limit;
  return {
    run,
    openUploads: async () => {
      await turn();
      return memory
        .collection('uploads')
        .map(([path, fields]) => ({
          ...(fields as unknown as OpenUpload),
          id: path.slice('uploads/'.length),
          // The model's files are all read in time.
          changedAt: Number.POSITIVE_INFINITY,
          published: Number((fields['counts'] as { published?: number }).published ?? 0),
        }))
        .filter(({ state }) => ['reading', 'read'].includes(state));
    },
    tally: async upload => {
      await turn();
      const tally = { records: 0, accepted: 0, rejected: 0, late: 0, repeated: 0 };
      for (const [, entry] of memory.collection('_millrace/aggregate/ledger')) {
        if (entry['upload'] !== upload || !entry['complete']) continue;
        tally.records += Number(entry['records']);
        tally.accepted += Number(entry['accepted']);
        tally.rejected += Number(entry['rejected']);
        tally.late += Number(entry['late']);
        tally.repeated += Number(entry['repeated']);
      }
      return tally;
    },
    watermarks: async () => {
      await turn();
      const documents = memory.collection('_millrace/aggregate/watermarks');
      return new Map(documents.map(([path, fields]) => [path.split('/').at(-1)!, watermarkOf(fields)]));
    },
    saveWatermark: (pipeline, change) => saveWatermark(run, pipeline, change),
    changedLanes: limit => lanes(fields => fields['dirty'] === true, limit),
    dueByClock: (now, limit): Promise<SliceNotice[]> => lanes(fields => before(fields['dueAt'], now), limit),
    dueByWatermark: (pipeline, watermark, limit) =>
      lanes(fields => fields['pipeline'] === pipeline && before(fields['dueWatermark'], watermark), limit),
    dueByUploads: (pipeline, limit) =>
      lanes(fields => fields['pipeline'] === pipeline && fields['dueUploads'] === true, limit),
  };
}
