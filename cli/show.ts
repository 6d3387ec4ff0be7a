import type { Firestore } from '@google-cloud/firestore';
import { PORTS } from '../emulators/suite-address.ts';
import { originOf, portHint } from './connect.ts';
import { DEMO_FILE, DEMO_PIPELINE } from './demo.ts';
import type { Results } from './results.ts';
import { bold, count, dim, green, red, table, yellow } from './terminal.ts';

const BAR_WIDTH = 40;
const SHOWN_ALERTS = 5;

/** What a person sees first: that it runs, and where. */
export function showWelcome(base: number): void {
  const ports = Object.entries(PORTS).map(([name, offset]) => `${name} :${base + offset}`);
  console.log(`${bold('Millrace')} is up on 127.0.0.1  ${dim(ports.join('  '))}`);
  console.log(`See it live: ${bold(originOf({ base }, 'console'))}`);
}

/** The results of the demonstration as pictures and a summary. */
export async function showResults(firestore: Firestore, results: Results, seconds: number): Promise<void> {
  await showDays(firestore);
  await showAlerts(firestore);
  const { events, windows, alerts, deadLetters } = results;
  console.log(
    `\n${green('Done')} in ${seconds.toFixed(2)} s: ${count(events.in)} events in, ${count(events.enriched)} enriched, ` +
      `${count(windows)} windows, ${count(alerts)} alerts, ${count(deadLetters)} dead letters`,
  );
}

/** Commands to paste into another terminal: each works as it stands there. */
export function showHints(base: number, pipelines: readonly string[]): void {
  const pipeline = pipelines.includes(DEMO_PIPELINE) ? DEMO_PIPELINE : (pipelines[0] ?? 'PIPELINE');
  const hints = [
    ['watch alerts', 'listen live to what comes out'],
    [`watch windows/${pipeline}/panes`, 'the windows, as they change'],
    [`upload ${DEMO_FILE} --pipeline ${pipeline}`, ''],
    ['status', 'what waits, what runs, what has come out'],
  ].map(([command, what]) => ({
    line: `npm run -s millrace -- ${command}${portHint(base)}`,
    what: what ?? '',
  }));
  const width = Math.max(...hints.map(({ line, what }) => (what ? line.length : 0)));
  console.log(`\n${bold('What to do now')}, in another terminal:`);
  for (const { line, what } of hints) console.log(`  ${line.padEnd(width)}  ${dim(what)}`.trimEnd());
  console.log(dim('Ctrl-C ends it.'));
}

/** Hourly windows drawn as one bar a day. */
async function showDays(firestore: Firestore): Promise<void> {
  const panes = await firestore
    .collection(`windows/${DEMO_PIPELINE}/panes`)
    .orderBy('start')
    .select('start', 'count')
    .get();
  const days = new Map<string, number>();
  for (const pane of panes.docs) {
    const day = (pane.get('start').toDate() as Date).toISOString().slice(0, 10);
    days.set(day, (days.get(day) ?? 0) + Number(pane.get('count')));
  }
  const most = Math.max(...days.values());
  console.log(`\n${bold('Earthquakes a day')} ${dim(`from ${count(panes.size)} hourly windows`)}`);
  for (const [day, events] of days) {
    console.log(`  ${day}  ${green('█'.repeat(Math.round((events / most) * BAR_WIDTH)))} ${count(events)}`);
  }
}

async function showAlerts(firestore: Firestore): Promise<void> {
  const alerts = await firestore.collection('alerts').orderBy('value', 'desc').limit(SHOWN_ALERTS).get();
  const rows = alerts.docs.map(alert => {
    const severity = String(alert.get('severity'));
    const paint = severity === 'critical' ? red : yellow;
    return [
      (alert.get('time').toDate() as Date).toISOString().slice(0, 16),
      alert.get('title') as string,
      paint(severity),
    ];
  });
  console.log(`\n${bold('Strongest alerts')}`);
  console.log(table(['time', 'title', 'severity'], rows).replace(/^/gm, '  '));
}
