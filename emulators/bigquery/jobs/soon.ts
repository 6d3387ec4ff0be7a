/** How long a request for a job waits for it to be done, as short ones are. */
const PATIENCE_MS = 200;

/** Resolves once a job is done, or this time is over. */
export const soon = (done: Promise<void>, ms: number = PATIENCE_MS): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise(resolve => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([done, patience]).finally(() => clearTimeout(timer));
};
