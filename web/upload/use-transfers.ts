import { useEffect, useMemo, useState } from 'preact/hooks';
import { useServices } from '../data/services.ts';
import { type Transfer, Transfers } from './transfers.ts';

export function useTransfers(): readonly [readonly Transfer[], Transfers] {
  const { settings, token } = useServices();
  const [shown, setShown] = useState<readonly Transfer[]>([]);
  const transfers = useMemo(
    () => new Transfers({ uploadUrl: settings.uploadUrl, token, changed: setShown }),
    [settings, token],
  );
  const sending = shown.some(({ state }) => state === 'sending');
  useEffect(() => {
    if (!sending) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [sending]);
  return [shown, transfers];
}
