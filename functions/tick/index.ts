import { onSchedule } from '../../shared/step/step.ts';
import { tickStore } from './store.ts';
import { tick } from './tick.ts';

onSchedule('tick', async ({ firestore, log, now }) => {
  const { failures, ...done } = await tick(tickStore(firestore), () => now().getTime());
  if (done.panes + done.uploads > 0) log.info('ticked', done);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} windows could not be shown`);
});
