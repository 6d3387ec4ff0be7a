import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../emulators/meter/meter.ts';
import { formatProblem, readChecked } from '../../shared/yaml/checked.ts';
import schema from './prices.schema.json' with { type: 'json' };

/** Of so many operations: list price, in US dollars. */
export interface Price {
  readonly usd: number;
  readonly per: number;
  /** What costs nothing, in words. */
  readonly free: string;
  readonly source: string;
}

export interface Prices {
  /** The day on which the sources were read. */
  readonly date: string;
  readonly region: string;
  /** Where the database is. */
  readonly firestore: string;
  readonly operations: Readonly<Record<Operation, Price>>;
  /** Paid by the month, whatever happens. */
  readonly monthly: Readonly<Record<'scheduler.jobs', Omit<Price, 'per'>>>;
}

const FILE = 'cli/cost/prices.yaml';

/** @throws when the file is not what its schema says */
export function loadPrices(): Prices {
  const text = readFileSync(join(import.meta.dirname, 'prices.yaml'), 'utf8');
  const { value, problems } = readChecked<Prices>(FILE, text, schema);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return value;
}
