import type { Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../errors/errors.ts';
import { failed } from './failures.ts';
import { environment } from './language.ts';

/** An event as expressions see it. */
export interface ExpressionEvent {
  readonly source: string;
  readonly id: string;
  readonly partitionkey: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** @param time of the event, ms since the epoch */
export type EventCondition = (event: ExpressionEvent, time: number) => boolean;

/** @param shown what a result says about the key: its count and measures by name */
export type KeyCondition = (key: string, shown: Readonly<Record<string, unknown>>) => boolean;

/** The names that expressions over an event may use, besides the fields of `data`. */
export class EventScope {
  data: Readonly<Record<string, unknown>> = {};
  key = '';
  source = '';
  id = '';
  ms = 0;

  /** Made only for those that look at it. */
  get time(): Date {
    return new Date(this.ms);
  }
}

const events = environment()
  .registerVariable('data', 'map<string, dyn>')
  .registerVariable('key', 'string')
  .registerVariable('source', 'string')
  .registerVariable('id', 'string')
  .registerVariable('time', 'google.protobuf.Timestamp');
/** Which measures there are, the pipeline's check knows. */
const keys = environment({ undeclared: true });

const conditions = new Map<string, EventCondition>();
const havings = new Map<string, KeyCondition>();

/**
 * A condition on events, compiled once a text. It is false where it cannot be evaluated (a field is not there, or of
 * another type): {@link tellFailures} then tells why.
 * @throws ParseError for a text that {@link checkExpression} refuses
 */
export function eventCondition(text: string): EventCondition {
  return known(conditions, text, () => {
    const test = testOf(events, text);
    const scope = new EventScope();
    return (event, time) => {
      scope.data = event.data;
      scope.key = event.partitionkey;
      scope.source = event.source;
      scope.id = event.id;
      scope.ms = time;
      return test(scope);
    };
  });
}

/** The same on what a result says about a key. */
export function keyCondition(text: string): KeyCondition {
  return known(havings, text, () => {
    const test = testOf(keys, text);
    return (key, shown) => test({ ...shown, key });
  });
}

function known<T>(all: Map<string, T>, text: string, make: () => T): T {
  const found = all.get(text) ?? make();
  all.set(text, found);
  return found;
}

function testOf(cel: Environment, text: string): (scope: object) => boolean {
  const evaluate = cel.parse(text);
  return scope => {
    try {
      const result: unknown = evaluate(scope);
      if (typeof result === 'boolean') return result;
      failed(text, 'It is neither true nor false.');
    } catch (error) {
      failed(text, (error as { readonly summary?: string }).summary ?? messageOf(error));
    }
    return false;
  };
}
