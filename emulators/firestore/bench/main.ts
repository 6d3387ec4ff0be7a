import { parseArgs } from 'node:util';
import { type Figure, measure } from './figures.ts';
import { type Subject, startOurs, startTheirs } from './subject.ts';

const HELP = `Usage: npm run bench:firestore [-- --quick] [--ours]

Measures the Firestore emulator, in a process of its own, and then Google's, where the Google Cloud SDK has it.

Options:
  --quick   a tenth of the documents and listeners, to see that it runs
  --ours    without Google's`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    ours: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  process.env['METADATA_SERVER_DETECTION'] = 'none';
  const share = values.quick ? 10 : 1;
  const sizes = {
    documents: 22_000 / share,
    kilobytes: 45_000 / share,
    listeners: 1000 / share,
    seconds: values.quick ? 1 : 3,
  };
  const columns: { name: string; figures: readonly Figure[] }[] = [];
  const starts: (() => Promise<Subject | undefined>)[] = values.ours ? [startOurs] : [startOurs, startTheirs];
  for (const start of starts) {
    const subject = await start();
    if (!subject) {
      console.error('Google’s emulator is not installed: there is nothing to compare with.');
      continue;
    }
    try {
      columns.push({ name: subject.name, figures: await measure(subject, sizes) });
    } finally {
      subject.stop();
    }
  }
  console.log(table(columns));
}

/** In Markdown, ready for docs/performance.md. */
function table(columns: readonly { name: string; figures: readonly Figure[] }[]): string {
  const rows = [
    ['figure', 'aim', ...columns.map(({ name }) => name)],
    ['---', '---', ...columns.map(() => '---')],
    ...columns[0]!.figures.map(({ name, aim }, i) => [
      name,
      aim,
      ...columns.map(({ figures }) => figures[i]!.value),
    ]),
  ];
  return rows.map(row => `| ${row.join(' | ')} |`).join('\n');
}
