/** Types of the events that Millrace makes itself, in the CloudEvents sense. */
export const MILLRACE_EVENT = 'millrace.event';
/** A record that a step refused for good, with the reason. */
export const MILLRACE_REJECTED = 'millrace.rejected';
