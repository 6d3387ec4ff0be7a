import { resolve } from 'node:path';
import { Filter, type Firestore, type Query, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import { loadWiring } from '../../eventarc/load.ts';
import type { DeadLetter } from '../../functions/dead-letter/dead-letter.ts';
import { nearest } from '../../shared/yaml/nearest.ts';
import { type Call, CommandError, EXIT } from '../command.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** deadLetters/{id} as it is stored. */
export interface StoredLetter extends DeadLetter {
  readonly at: Date;
}

/** Which letters are meant; none of the fields means all. */
export interface Selection {
  readonly pipeline?: string;
  readonly step?: string;
  readonly trigger?: string;
  readonly upload?: string;
  readonly kind?: string;
}

/** @throws CommandError (exit 2) for a step or trigger that the wiring does not have */
export function selectionOf(options: Call['options']): Selection {
  const { steps, triggers } = loadWiring(ROOT);
  const selection: Record<string, string> = {};
  for (const field of ['pipeline', 'step', 'trigger', 'upload', 'kind'] as const) {
    if (typeof options[field] === 'string') selection[field] = options[field];
  }
  const one = selection as Selection;
  if (one.step) check('step', one.step, names(steps));
  if (one.trigger) check('trigger', one.trigger, names(triggers));
  if (one.kind) check('kind', one.kind, ['rejected', 'failed']);
  return one;
}

const names = (all: readonly { readonly name: string }[]): string[] => all.map(({ name }) => name);

function check(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const guess = nearest(name, known);
  throw new CommandError(
    `There is no ${what} "${name}".${guess ? ` Did you mean ${guess}?` : ''} There are: ${known.join(', ')}.`,
    EXIT.usage,
  );
}

export function queryOf(firestore: Firestore, { step, ...selection }: Selection): Query {
  let query: Query = firestore.collection('deadLetters');
  for (const [field, value] of Object.entries(selection)) {
    query = query.where(field === 'upload' ? 'origin.upload' : field, '==', value);
  }
  if (step === undefined) return query;
  // A step names itself in what it refuses; what fails there is known by the trigger.
  const waking = names(loadWiring(ROOT).triggers.filter(trigger => trigger.step === step));
  return query.where(Filter.or(Filter.where('step', '==', step), Filter.where('trigger', 'in', waking)));
}

export function letterOf(document: QueryDocumentSnapshot): StoredLetter {
  const { at, redrivenAt, ...letter } = document.data();
  return {
    ...letter,
    id: document.id,
    at: at.toDate(),
    ...(redrivenAt && { redrivenAt: redrivenAt.toDate() }),
  } as StoredLetter;
}

/** Where it stood: file and line, else the batch or event. */
export function placeOf({ origin }: Pick<DeadLetter, 'origin'>): string {
  const { file, line, batch, eventId } = origin;
  if (file) return line === undefined ? file : `${file}:${line}`;
  return eventId ?? batch ?? '';
}
