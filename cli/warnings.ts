import type { EventarcStatus } from '../emulators/eventarc/router.ts';
import { dim, red, table, yellow } from './terminal.ts';

const SHOWN_HOT = 10;

/** Triggers that are held because their steps wake themselves. */
export function showStopped({ stopped }: Pick<EventarcStatus, 'stopped'>): void {
  for (const { trigger, step, loop, laps } of stopped) {
    const round = [...loop, loop[0]].join(' → ');
    console.log(
      red(`Stopped: ${trigger}, because ${step} wakes itself (${round}, ${laps} times after one event).`),
    );
    console.log(`  Its events wait. If this was meant: millrace resume ${trigger}`);
  }
}

/** Documents that were written faster than Firestore sustains. */
export function showHot({ hot }: Pick<EventarcStatus, 'hot'>): void {
  if (hot.total === 0) return;
  const rows = hot.documents
    .slice(0, SHOWN_HOT)
    .map(({ path, peak, writes, seconds, by }) => [
      path,
      peak.toFixed(1),
      writes,
      seconds.toFixed(1),
      by.join(', '),
    ]);
  console.log(yellow(`\nHot documents: ${hot.total}; Firestore sustains about one write a second of each`));
  console.log(table(['document', 'a second', 'writes', 'within seconds', 'by'], rows));
  if (hot.total > rows.length) console.log(dim(`and ${hot.total - rows.length} more`));
}
