import { messageOf } from '../../shared/errors/errors.ts';
import { tellFailures } from '../../shared/expressions/failures.ts';
import { type Context, onEvent } from '../../shared/step/step.ts';
import { reachedBySilence } from '../../shared/streams/watermark.ts';
import { createTimers, timerData } from '../../shared/timers/timers.ts';
import { silenceTimer, type WindowEnd } from '../../shared/timers/window-ends.ts';
import { Pace } from './pace.ts';
import { tickStore } from './store.ts';
import { tick } from './tick.ts';

const pace = new Pace();
const timers = createTimers();

/** The schedule wakes it for all pipelines, a timer for those windows of one pipeline that have just ended. */
onEvent('tick', async (event, context) => {
  const { firestore, log, now } = context;
  const ended = timerData<WindowEnd>(event);
  const began = now().getTime();
  let looks = false;
  const early = (): boolean => {
    if (ended) return true;
    looks = pace.due(began);
    return looks;
  };
  const store = tickStore(firestore, ended?.pipeline);
  const { failures, ...done } = await tick(store, () => now().getTime(), { early });
  if (looks) pace.looked(began, now().getTime());
  if (done.panes + done.uploads > 0) log.info('ticked', { ...done, ...ended });
  tellFailures(log, now());
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} windows could not be shown`);
  if (ended && !ended.silence && !ended.early) await lookAgain(ended, context);
});

/** No source has come past the end: another timer looks again when their silence will count as having passed it. */
async function lookAgain(ended: WindowEnd, { firestore, log, now }: Context): Promise<void> {
  const watermark = (await tickStore(firestore, ended.pipeline).watermarks()).get(ended.pipeline);
  const time = now().getTime();
  const at = watermark && reachedBySilence(watermark, ended.end, time);
  if (at === undefined || at <= time) return;
  try {
    await timers.set(silenceTimer(ended, at));
  } catch (error) {
    log.warn('The schedule alone looks at these windows again', { ...ended, error: messageOf(error) });
  }
}
