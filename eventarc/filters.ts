import { compilePattern, type Params } from './patterns.ts';
import type { EventarcTrigger, Filter } from './wiring.ts';

/** What an event's attributes must be for a trigger to want it, ready to be asked often. */
export type Matcher = (attributes: Readonly<Record<string, unknown>>) => Match | undefined;

export interface Match {
  /** What the trigger's path patterns captured. */
  readonly params: Params;
}

const NO_PARAMS: Params = {};

/** The bucket's full name for its logical one; in the cloud and locally PROJECT-LOGICAL. */
export type BucketName = (logical: string) => string;

/**
 * Compiles a trigger's filters. The matcher takes CloudEvent attributes as plain text: what came as headers is to be
 * percent-decoded first, and then the captures are decoded too.
 *
 * Attributes compare exactly, as Eventarc's do, an event of the type `updated` being none of the type `written`.
 */
export function matcher(trigger: EventarcTrigger, bucketName: BucketName = name => name): Matcher {
  const { event, topic } = trigger;
  const filters = trigger.where.map(filter => compileFilter(filter, bucketName));
  return attributes => {
    if (attributes['type'] !== event) return undefined;
    if (topic !== undefined && !isTopic(attributes['source'], topic)) return undefined;
    let params = NO_PARAMS;
    for (const filter of filters) {
      const captured = filter(attributes);
      if (captured === undefined) return undefined;
      if (captured !== NO_PARAMS) params = params === NO_PARAMS ? captured : { ...params, ...captured };
    }
    return { params };
  };
}

/** `matcher` for a single question. */
export function matches(
  trigger: EventarcTrigger,
  attributes: Readonly<Record<string, unknown>>,
  bucketName?: BucketName,
): Match | undefined {
  return matcher(trigger, bucketName)(attributes);
}

function compileFilter({ attribute, value, operator }: Filter, bucketName: BucketName) {
  // Eventarc's filters are called serviceName, the CloudEvent attributes servicename.
  const name = attribute.toLowerCase();
  const read = (attributes: Readonly<Record<string, unknown>>) =>
    Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (operator === 'match-path-pattern') {
    const pattern = compilePattern(value);
    return (attributes: Readonly<Record<string, unknown>>): Params | undefined => {
      const path = read(attributes);
      return typeof path === 'string' ? pattern.match(path) : undefined;
    };
  }
  const wanted = name === 'bucket' ? bucketName(value) : value;
  return (attributes: Readonly<Record<string, unknown>>): Params | undefined =>
    read(attributes) === wanted ? NO_PARAMS : undefined;
}

/** Topics bear their logical name at the end of the source. */
function isTopic(source: unknown, topic: string): boolean {
  return typeof source === 'string' && source.endsWith(`/topics/${topic}`);
}
