import type { TriggerFaults } from '../../emulators/faults/plan.ts';

export interface Scenario {
  readonly name: string;
  /** What a reader of the table is told. */
  readonly what: string;
  readonly faults?: TriggerFaults;
  /** On a pipeline without a horizon: repetitions are known by their batch alone, not by each event as well. */
  readonly byBatch?: boolean;
  /** A process per step, one of which is killed every two seconds. */
  readonly killSteps?: boolean;
  /** The suite is a process of its own that is killed and started again on its folder. */
  readonly killSuite?: boolean;
}

const duplicate = 20;
const reorder = { percent: 30, messages: 20 };
const delay = { percent: 20, min: 5, max: 300 };
const dropAck = 20;
const answer = { 500: 10, 429: 10 };

/** @param kill percentage of the deliveries that cost the step its life: the more deliveries, the fewer it may be */
export function scenariosOf(kill: number): readonly Scenario[] {
  const all = {
    ...{ duplicate, reorder, delay, dropAck, answer },
    ...{ killBefore: kill / 2, killAfter: kill / 2 },
  };
  return [
    { name: 'none', what: 'no faults' },
    { name: 'duplicate', what: '20 % delivered twice', faults: { duplicate } },
    { name: 'reorder', what: '30 % overtaken by up to 20 later ones', faults: { reorder } },
    { name: 'delay', what: '20 % 5 to 300 ms late', faults: { delay } },
    { name: 'drop-ack', what: '20 % of the acknowledgements lost', faults: { dropAck } },
    { name: 'answers', what: '10 % answered 500, 10 % answered 429', faults: { answer } },
    { name: 'kill-before', what: 'steps killed before an event', faults: { killBefore: kill } },
    { name: 'kill-after', what: 'steps killed after their answer', faults: { killAfter: kill } },
    { name: 'all', what: 'all of these at once', faults: all },
    { name: 'all-by-batch', what: 'all at once, known by batch alone', faults: all, byBatch: true },
    { name: 'kill-steps', what: 'a random step killed -9 every 2 s', killSteps: true },
    { name: 'kill-suite', what: 'the whole suite killed -9, started again', killSuite: true },
  ];
}
