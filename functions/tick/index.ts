import { onSchedule } from '../../shared/step/step.ts';
import { tickStore } from './store.ts';
import { tick } from './tick.ts';

/** An upload changes its windows all the time: until it is counted they are shown no more often than this. */
const EARLY_EVERY_MS = 10_000;
let shownEarly = 0;

onSchedule('tick', async ({ firestore, log, now }) => {
  const early = (): boolean => {
    const time = now().getTime();
    if (time - shownEarly < EARLY_EVERY_MS) return false;
    shownEarly = time;
    return true;
  };
  const { failures, ...done } = await tick(tickStore(firestore), () => now().getTime(), { early });
  if (done.panes + done.uploads > 0) log.info('ticked', done);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} windows could not be shown`);
});
