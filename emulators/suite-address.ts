/** Where the suite is found; apart from the suite itself, so that commands which only talk to it load nothing of it. */
export const PROJECT = 'demo-millrace';
/** Stands for the region of what has one. */
export const LOCATION = 'local-1';
/** How many times faster than in the cloud schedules and backoffs run, unless told. */
export const TIME_SCALE = 60;
export const BASE_PORT = 8700;
/** Offsets from the base port. */
export const PORTS = {
  console: 0,
  functions: 1,
  storage: 2,
  pubsub: 3,
  firestore: 4,
  bigquery: 5,
  eventarc: 6,
  auth: 7,
  tasks: 9,
} as const;
