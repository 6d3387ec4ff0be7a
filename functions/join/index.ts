import { MESSAGE_PUBLISHED, type MessagePublishedData } from '../../shared/events/pubsub.ts';
import { keyed } from '../../shared/keyed/keyed-step.ts';
import { batchHandler, onEvent } from '../../shared/step/step.ts';
import { effectsOf, type Joined, operatorsOf } from './operators.ts';

const { onBatch, onTime } = keyed<Joined>({
  step: 'join',
  queue: 'join-timers',
  operatorsOf,
  operatorAt: async (pipelines, operator, { pipeline, version }) =>
    operatorsOf(await pipelines.of(pipeline, version)).find(({ name }) => name === operator),
  effectsOf: ({ pipelines }) =>
    effectsOf('join', async pipeline => (await pipelines.of(pipeline, undefined)).version),
});
const onEvents = batchHandler(onBatch);

onEvent<unknown>('join', (event, context) =>
  event.type === MESSAGE_PUBLISHED
    ? onEvents({ ...event, data: event.data as MessagePublishedData }, context)
    : onTime(event, context),
);
