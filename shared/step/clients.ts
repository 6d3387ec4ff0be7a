import type { Firestore } from '@google-cloud/firestore';
import { projectId } from '../config/config.ts';
import { createFirestore } from '../documents/documents.ts';
import { createPipelineStore, type PipelineStore } from '../pipelines/store.ts';
import { createPublisher, type Publisher } from '../publish/publish.ts';

/** The clients of one instance, made at first use and kept: steps that share a process share them. */
export interface Clients {
  readonly firestore: Firestore;
  readonly publisher: Publisher;
  readonly pipelines: PipelineStore;
}

export const clients: Clients = {
  get firestore() {
    return define('firestore', createFirestore(projectId()));
  },
  get publisher() {
    return define('publisher', createPublisher(projectId()));
  },
  get pipelines() {
    return define('pipelines', createPipelineStore(projectId()));
  },
};

function define<Name extends keyof Clients>(name: Name, value: Clients[Name]): Clients[Name] {
  Object.defineProperty(clients, name, { value });
  return value;
}
