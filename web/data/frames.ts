/**
 * Calls `work` with the latest value once a frame at most, however many come: a burst of changes is drawn once. A hidden
 * page draws nothing and has the latest when it is seen again.
 */
export function perFrame<T>(work: (latest: T) => void): {
  readonly next: (value: T) => void;
  readonly stop: () => void;
} {
  let waiting: { readonly value: T } | undefined;
  let frame = 0;
  const draw = (): void => {
    const { value } = waiting!;
    waiting = undefined;
    work(value);
  };
  return {
    next: value => {
      if (!waiting) frame = requestAnimationFrame(draw);
      waiting = { value };
    },
    stop: () => cancelAnimationFrame(frame),
  };
}
