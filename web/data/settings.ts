import type { ServerClock } from './clock.ts';

/** `/config.json`: where this page runs. */
export interface Settings {
  readonly project: string;
  readonly apiKey: string;
  readonly uploadUrl: string;
  readonly pipelines: readonly PipelineSetting[];
  readonly emulators?: { readonly auth: string; readonly firestore: string; readonly storage: string };
  readonly demo?: { readonly email: string; readonly password: string; readonly pipeline: string };
}

export interface PipelineSetting {
  readonly name: string;
  readonly description: string;
}

/** Reads the settings, and by the way what time it is on the server. @throws Error when the server does not answer */
export async function loadSettings(clock: ServerClock): Promise<Settings> {
  const sent = performance.now();
  const response = await fetch('/config.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  clock.hear(response.headers.get('date'), sent, performance.now());
  return (await response.json()) as Settings;
}
