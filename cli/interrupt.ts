/** Resolves at the first Ctrl-C (or SIGTERM); at the second one the process ends at once. */
export function interrupted(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
