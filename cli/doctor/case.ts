import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EVENT_TYPES } from '../../eventarc/catalogue.ts';
import { loadWiring } from '../../eventarc/load.ts';
import { triggerLocation } from '../../eventarc/names.ts';
import type { EventarcTrigger, Wiring } from '../../eventarc/wiring.ts';
import { type LoadedPipelines, loadPipelines } from '../../shared/pipelines/load.ts';
import type { Answers } from './answers.ts';

/** What a checkout says that a project should be. */
export interface Declared {
  readonly wiring: Wiring;
  readonly pipelines: LoadedPipelines;
  readonly firestore: FirestoreLayout;
}

/** terraform/firestore.yaml */
export interface FirestoreLayout {
  /** Fields ascend, or descend where they end in ` desc`. */
  readonly indexes: readonly { readonly collection: string; readonly fields: readonly string[] }[];
  readonly ttl: readonly FieldName[];
  readonly unindexed: readonly FieldName[];
}
export interface FieldName {
  readonly collection: string;
  readonly field: string;
}

export interface Place {
  readonly project: string;
  /** The project's number, which its service agents bear. */
  readonly number: string;
  readonly region: string;
  /** undefined where the database cannot be seen: nobody knows then where its triggers are. */
  readonly databaseLocation: string | undefined;
}

/** All that a check looks at. */
export interface Case extends Declared {
  readonly place: Place;
  readonly answers: Answers;
}

/**
 * @param root the checkout
 * @throws WiringError, PipelineError
 */
export function readDeclared(root: string): Declared {
  return {
    wiring: loadWiring(root),
    pipelines: loadPipelines(join(root, 'pipelines')),
    firestore: parse(readFileSync(join(root, 'terraform/firestore.yaml'), 'utf8')) as FirestoreLayout,
  };
}

/** Full names of the buckets that anything in the wiring refers to. */
export function bucketsOf({ triggers, steps }: Wiring, project: string): string[] {
  const named = triggers.flatMap(trigger =>
    trigger.kind === 'eventarc' ? trigger.where.filter(({ attribute }) => attribute === 'bucket') : [],
  );
  const reached = steps.flatMap(({ roles }) =>
    roles.flatMap(({ on }) => (on.startsWith('bucket:') ? [on.slice('bucket:'.length)] : [])),
  );
  const logical = new Set(['uploads', 'pipelines', ...named.map(({ value }) => value), ...reached]);
  return [...logical].map(name => `${project}-${name}`);
}

/** Where a trigger is; undefined where nobody can know. */
export function locationOf(
  trigger: EventarcTrigger,
  { region, databaseLocation }: Place,
): string | undefined {
  if (databaseLocation === undefined && ofDocuments(trigger)) return undefined;
  return triggerLocation(trigger, region, databaseLocation ?? region);
}

export const ofDocuments = ({ event }: EventarcTrigger): boolean =>
  EVENT_TYPES.get(event)?.source === 'firestore';

/** Short name of the subscription that Eventarc has made under a trigger, where its trigger can be seen. */
export function subscriptionOf(answers: Answers, trigger: string): string | undefined {
  return answers.get('trigger', trigger)?.transport?.pubsub?.subscription?.split('/').at(-1);
}

/** Steps that HTTP requests wake: the only ones that the internet may reach. */
export function httpSteps({ triggers }: Wiring): ReadonlySet<string> {
  return new Set(triggers.flatMap(({ kind, step }) => (kind === 'http' ? [step] : [])));
}

/** Seconds of a duration in JSON such as 600s; undefined stays so. */
export const secondsOf = (duration: string | undefined): number | undefined =>
  duration === undefined ? undefined : Number.parseFloat(duration);
