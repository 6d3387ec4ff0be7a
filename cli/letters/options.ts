import type { Option } from '../command.ts';
import { PORT_OPTION } from '../connect.ts';

export const SELECTION_OPTIONS = {
  pipeline: { type: 'string', value: 'P', description: 'Only of this pipeline' },
  step: { type: 'string', value: 'S', description: 'Only of this step: what it refused, what failed there' },
  trigger: { type: 'string', value: 'T', description: 'Only deliveries that failed at this trigger' },
  upload: { type: 'string', value: 'U', description: 'Only of this upload, by its id in uploads/ID' },
} as const satisfies Record<string, Option>;

export const SITE_OPTIONS = {
  project: { type: 'string', value: 'ID', description: 'Of a deployed Millrace, with your own credentials' },
  port: PORT_OPTION,
} as const satisfies Record<string, Option>;
