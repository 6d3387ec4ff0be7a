import { createRequire } from 'node:module';
import type { Firestore } from '@google-cloud/firestore';
import { PROJECT } from '../emulators/suite-address.ts';
import { send } from './send.ts';
import { settle } from './settle.ts';

export const DEMO_PIPELINE = 'quakes';

/** A week of real earthquakes (USGS, through the package vega-datasets), uploaded as a user would upload a file. */
export async function playDemo(firestore: Firestore, control: string): Promise<void> {
  const data = createRequire(import.meta.url).resolve('vega-datasets/data/earthquakes.json');
  const { Storage } = await import('@google-cloud/storage');
  const { id } = await send(new Storage({ projectId: PROJECT }), data, DEMO_PIPELINE);
  await settle(firestore, id, control);
}
