import { basename, resolve } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { PROJECT } from '../emulators/suite-address.ts';
import { send } from './send.ts';
import { settle } from './settle.ts';

export const DEMO_PIPELINE = 'quakes';

/** From the checkout's root. By its path: the package exports its program, not its data. */
export const DEMO_FILE = 'node_modules/vega-datasets/data/earthquakes.json';
const DATA = resolve(import.meta.dirname, '..', DEMO_FILE);

/** A week of real earthquakes (USGS, through the package vega-datasets), uploaded as a user would upload a file. */
export async function playDemo(firestore: Firestore, control: string): Promise<void> {
  const { Storage } = await import('@google-cloud/storage');
  const { id } = await send(new Storage({ projectId: PROJECT }), DATA, DEMO_PIPELINE);
  await settle(firestore, id, control, basename(DATA));
}
