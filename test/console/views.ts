/** The views of the console, as its addresses name them. */
export const VIEWS = ['overview', 'files', 'alerts', 'inbox'] as const;

export const linkOf = (view: (typeof VIEWS)[number], pipeline = 'quakes'): string => `#/${pipeline}/${view}`;
