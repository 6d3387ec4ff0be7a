import type { Firestore } from 'firebase/firestore';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ServerClock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { Settings } from './settings.ts';

/** What the panels work with, once somebody is signed in. */
export interface Services {
  readonly settings: Settings;
  readonly db: Firestore;
  readonly clock: ServerClock;
  readonly connection: Connection;
  readonly uid: string;
  readonly operator: boolean;
  /** A fresh ID token. */
  readonly token: () => Promise<string>;
  /** Changes with the user's grants: what was denied is asked for again. */
  readonly grantsVersion: string;
}

const Context = createContext<Services | undefined>(undefined);
export const ServicesProvider = Context.Provider;

export function useServices(): Services {
  const services = useContext(Context);
  if (!services) throw new Error('Nobody is signed in here.');
  return services;
}
