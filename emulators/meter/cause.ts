import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Who asked for something, and by what chain of events: `STEP`, or `STEP;CHAIN` (see eventarc/chain.ts). Text, because it
 * travels in a header: the router sends it along with an event, and whatever the step then asks of an emulator bears it again.
 */
export type Cause = string;

/** Steps never see it: functions/host.ts takes it from requests, and puts it on what their clients send. */
export const CAUSE_HEADER = 'x-millrace-cause';

/** Who pays for what no step has asked for: those who upload, publish and listen. */
export const CLIENTS = 'clients';

/** Pays for nothing: in the name of what has no counterpart in the cloud. */
export const NOBODY = '-';

const causes = new AsyncLocalStorage<Cause | undefined>();

/** Does work in the name of a cause, or of nobody: whatever context it was called in. */
export const withCause = <T>(cause: Cause | undefined, work: () => T): T => causes.run(cause, work);

export const causeNow = (): Cause | undefined => causes.getStore();

/** The same work in the name of the present cause, whoever does it later. */
export const inPresentName = (work: () => void): (() => void) => AsyncLocalStorage.bind(work);

/** Whether it is part of what an event has set going, rather than something new from outside. */
export const followsEvent = (cause: Cause | undefined): boolean => cause?.includes(';') === true;

/** The step of a cause. */
export function payerOf(cause: Cause | undefined): string {
  if (cause === undefined) return CLIENTS;
  const end = cause.indexOf(';');
  return end < 0 ? cause : cause.slice(0, end);
}
