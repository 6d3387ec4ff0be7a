import { useEffect, useState } from 'preact/hooks';
import type { ChartColours } from './chart.ts';

/** A canvas knows no style sheet: the colours of the theme that holds, anew when it changes. */
export function useColours(): ChartColours {
  const [colours, setColours] = useState(read);
  useEffect(() => {
    const changed = (): void => setColours(read());
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const themed = new MutationObserver(changed);
    dark.addEventListener('change', changed);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    changed();
    return () => {
      dark.removeEventListener('change', changed);
      themed.disconnect();
    };
  }, []);
  return colours;
}

function read(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of('text-3'),
    grid: of('line'),
    timing: { early: of('early'), onTime: of('line'), late: of('late') },
    lines: ['c0', 'c1', 'c2', 'c3', 'c4', 'cx'].map(of),
  };
}
