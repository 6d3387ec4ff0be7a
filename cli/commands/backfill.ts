import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { SITE_OPTIONS } from '../letters/options.ts';
import { count, green, yellow } from '../terminal.ts';

export const backfillCommand: Command = {
  name: 'backfill',
  summary: 'Imports the documents that are there already into the tables of a mirror.',
  usage: '[MIRROR|COLLECTION…] [--dry-run] [--most N] [--project ID] [--port BASE] [--json]',
  options: {
    'dry-run': { type: 'boolean', description: 'Only count, and say what it would cost' },
    most: { type: 'string', value: 'N', description: 'Read at most so many documents; run again to go on' },
    ...SITE_OPTIONS,
    json: JSON_OPTION,
  },
  positionals: [0, Number.POSITIVE_INFINITY],
  examples: [
    ['millrace backfill alerts --dry-run', 'how many documents there are, and what importing them costs'],
    ['millrace backfill alerts --most 10000', 'the first ten thousand'],
    ['millrace backfill alerts', 'all of them, or what is left of the last time'],
  ],
  run: async ({ positionals: names, options }) => {
    const most = mostOf(options['most']);
    const dryRun = Boolean(options['dry-run']);
    const { openSite } = await import('../letters/site.ts');
    const site = await openSite(options);
    await site.firestore.terminate();
    const { backfill } = await import('../backfill/backfill.ts');
    const done = await backfill({ project: site.project, names, most, dryRun }, plan => {
      if (options['json'] && !dryRun) return;
      if (options['json']) console.log(JSON.stringify({ ...plan, mirror: plan.mirror.name }));
      else {
        const size = `${(plan.meanBytes / 1000).toFixed(1)} kB each`;
        console.log(
          `${plan.mirror.name}: ${count(plan.documents)} documents of about ${size}, ${usd(plan.usd)} by list prices`,
        );
      }
    });
    if (options['json'] && !dryRun) console.log(JSON.stringify(done));
    else {
      for (const { mirror, imported, capped, resumed, seconds } of done) {
        const whole = `${mirror}: ${count(imported)} documents imported${resumed ? ' since the backfill began' : ''}`;
        console.log(green(`${whole}, ${seconds.toFixed(1)} s`));
        if (capped) console.log(yellow(`${mirror}: stopped at the cap; run it again to go on`));
      }
    }
    return EXIT.ok;
  },
};

function mostOf(text: string | boolean | undefined): number | undefined {
  if (text === undefined) return undefined;
  const most = Number(text);
  if (Number.isSafeInteger(most) && most > 0) return most;
  throw new CommandError(
    `--most takes a whole number from 1, such as 10000; it is ${String(text)}.`,
    EXIT.usage,
  );
}

const usd = (amount: number): string =>
  amount > 0 && amount < 0.01 ? 'below 0.01 USD' : `${amount.toFixed(2)} USD`;
