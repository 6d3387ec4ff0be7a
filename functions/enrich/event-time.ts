import type { EventTime } from '../../shared/pipelines/pipeline.ts';

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/;
const WITHOUT_ZONE = /^(\d{4})([-/])(\d\d)\2(\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?$/;
/** Firestore's timestamps begin here. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');

/**
 * Reads an event's time: RFC 3339 text ({@link https://www.rfc-editor.org/rfc/rfc3339}), or a number since the epoch;
 * where the pipeline names a zone, also a date and a time of day without one (2001-01-31T06:05, 2001/01/31 06:05:07.5), or a
 * date alone, which is when its day begins.
 * An event from the future is refused here, before it can move a watermark.
 */
export function eventTime(value: unknown, spec: EventTime, now: Date): { time: string } | { reason: string } {
  const ms = millisecondsOf(value, spec);
  if (ms === undefined) {
    const zone = spec.zone ? `or ${spec.zone} without one` : 'which the pipeline may supply as time.zone';
    const unit = spec.unit === 'ms' ? 'milliseconds' : 'seconds';
    const expected = `RFC 3339 text with a time zone (${zone}), or a number in ${unit}`;
    return { reason: `The event time is ${JSON.stringify(value) ?? 'missing'}; expected ${expected}.` };
  }
  if (ms < EARLIEST) return { reason: `The event time ${JSON.stringify(value)} lies before the year 1.` };
  if (ms > now.getTime() + spec.maximalSkew * 1000) {
    return {
      reason: `The event time ${JSON.stringify(value)} lies more than ${spec.maximalSkew} s in the future.`,
    };
  }
  return { time: new Date(ms).toISOString() };
}

function millisecondsOf(value: unknown, spec: EventTime): number | undefined {
  if (typeof value === 'number') return finite(Math.floor(spec.unit === 's' ? value * 1000 : value));
  if (typeof value !== 'string') return undefined;
  if (RFC3339.test(value)) return finite(Date.parse(value.replace(' ', 'T')));
  const [, year, , month, day, clock = '00:00'] = (spec.zone && WITHOUT_ZONE.exec(value)) || [];
  return year ? finite(Date.parse(`${year}-${month}-${day}T${clock}Z`)) : undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
