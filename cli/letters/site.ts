import type { Firestore } from '@google-cloud/firestore';
import { PROJECT } from '../../emulators/suite-address.ts';
import { createFirestore } from '../../shared/documents/documents.ts';
import type { Call } from '../command.ts';
import { connect } from '../connect.ts';

/** Where dead letters lie: in the suite, or in a project that Millrace is deployed to. */
export interface Site {
  readonly project: string;
  readonly firestore: Firestore;
  /** Of the suite's router; a deployed Millrace has none to ask. */
  readonly control?: string;
  /** What a command in a hint needs in addition, so that it reaches the same site. */
  readonly hint: string;
}

export async function openSite(options: Call['options']): Promise<Site> {
  const { project, port } = options as { project?: string; port?: string };
  if (project) return { project, firestore: createFirestore(project), hint: ` --project ${project}` };
  const { control } = await connect(port);
  return {
    project: PROJECT,
    firestore: createFirestore(PROJECT),
    control,
    hint: port ? ` --port ${port}` : '',
  };
}
