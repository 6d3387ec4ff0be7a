import { createOnce } from '../../shared/documents/documents.ts';
import { MESSAGE_PUBLISHED, type MessagePublishedData } from '../../shared/events/pubsub.ts';
import { createGroups } from '../../shared/group/group.ts';
import { keyed } from '../../shared/keyed/keyed-step.ts';
import {
  type BatchHandler,
  batchHandler,
  type Context,
  type EventHandler,
  onEvent,
} from '../../shared/step/step.ts';
import { detect } from './detect.ts';
import { type ChangedPane, changedPane, judgePanes } from './panes.ts';
import type { SilenceAlert } from './silence.ts';
import { effectsOf, operatorAt, operatorsOf } from './silence-operators.ts';

/** Panes of one window that come together are judged together: their neighbours are at hand. */
const TOGETHER = 100;

const onRules: BatchHandler = async (batch, { pipeline, firestore, log }) => {
  if (pipeline.rules.length === 0) return;
  const alerts = detect(batch, pipeline.rules);
  if (alerts.length === 0) return;
  const documents = alerts.map(({ id, ...alert }) => ({
    path: `alerts/${id}`,
    data: { ...alert, time: new Date(alert.time) },
  }));
  const created = await createOnce(firestore, documents);
  if (created > 0) log.info(`${created} new alerts`, { pipeline: pipeline.name, batch: batch.id });
};

const silences = keyed<SilenceAlert>({
  step: 'detect',
  queue: 'silence-timers',
  operatorsOf,
  operatorAt: async (pipelines, operator, { pipeline }) =>
    operatorAt(await pipelines.of(pipeline, undefined), operator),
  effectsOf: () => effectsOf,
});

const onEvents = batchHandler(async (batch, context) => {
  await Promise.all([onRules(batch, context), silences.onBatch(batch, context)]);
});

const judgeTogether = createGroups<ChangedPane & { readonly context: Context }, undefined>(
  async panes => {
    const { firestore, pipelines, now, log } = panes[0]!.context;
    const { pipeline, window } = panes[0]!;
    const opened = await judgePanes(firestore, pipelines, panes, now);
    if (opened > 0) log.info(`${opened} new alerts`, { pipeline, window });
    return panes.map(() => undefined);
  },
  { most: TOGETHER },
);

const onPane: EventHandler<unknown> = async (event, context) => {
  const pane = changedPane(String(event['document']));
  if (pane) await judgeTogether(`${pane.pipeline} ${pane.window}`, { ...pane, context });
};

onEvent<unknown>('detect', (event, context) => {
  if (event.type.startsWith('google.cloud.firestore.')) return onPane(event, context);
  if (event.type !== MESSAGE_PUBLISHED) return silences.onTime(event, context);
  return onEvents({ ...event, data: event.data as MessagePublishedData }, context);
});
