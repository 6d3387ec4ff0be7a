import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../data/services.ts';
import { ago, moment } from '../model/format.ts';

const TICK = 1000;

/** The server's time, each second anew. */
export function useNow(): number {
  const { clock } = useServices();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(clock.now()), TICK);
    return () => clearInterval(timer);
  }, [clock]);
  return now;
}

/** When something happened, as a date. */
export function When({ time }: { readonly time: number | undefined }): JSX.Element {
  const { clock } = useServices();
  if (time === undefined) return <span class="time">–</span>;
  const iso = new Date(time).toISOString();
  return (
    <time class="time" dateTime={iso} title={iso}>
      {moment(time, clock.now())}
    </time>
  );
}

/** How long ago something came, counting on. */
export function Ago({ time, now }: { readonly time: number | undefined; readonly now: number }): JSX.Element {
  if (time === undefined) return <span class="time">–</span>;
  const iso = new Date(time).toISOString();
  return (
    <time class="time" dateTime={iso} title={iso}>
      {ago(time, now)}
    </time>
  );
}
