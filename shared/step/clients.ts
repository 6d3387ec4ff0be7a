import type { Firestore } from '@google-cloud/firestore';
import { projectId } from '../config/config.ts';
import { createFirestore } from '../documents/documents.ts';
import { createPipelineStore, type PipelineStore } from '../pipelines/store.ts';
import { createPublisher, type Publisher } from '../publish/publish.ts';
import { lazily } from './lazily.ts';

/** The clients of one instance, made at first use and kept: steps that share a process share them. */
export interface Clients {
  readonly firestore: Firestore;
  readonly publisher: Publisher;
  readonly pipelines: PipelineStore;
}

export const clients: Clients = lazily(
  lazily(
    lazily({}, 'firestore', () => createFirestore(projectId())),
    'publisher',
    () => createPublisher(projectId()),
  ),
  'pipelines',
  () => createPipelineStore(projectId()),
);
