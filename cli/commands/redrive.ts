import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { SELECTION_OPTIONS, SITE_OPTIONS } from '../letters/options.ts';
import { count, green, red } from '../terminal.ts';

export const redrive: Command = {
  name: 'redrive',
  summary: 'Sends deliveries that were given up to the step where they failed, and to no other.',
  usage:
    '[ID…] [--all] [--pipeline P] [--step S] [--trigger T] [--upload U] [--dry-run] [--project ID] [--port BASE] [--json]',
  options: {
    all: { type: 'boolean', description: 'Everything that has failed and was not redriven yet' },
    ...SELECTION_OPTIONS,
    'dry-run': { type: 'boolean', description: 'Only say what would be sent' },
    ...SITE_OPTIONS,
    json: JSON_OPTION,
  },
  positionals: [0, Number.POSITIVE_INFINITY],
  examples: [
    ['millrace redrive 3f2a9c41d07be8865a10', 'one, by its id in millrace dead-letters'],
    ['millrace redrive --trigger enrich-on-raw --dry-run', 'what would be sent'],
    ['millrace redrive --all', 'everything that failed and is open'],
  ],
  run: async ({ positionals: ids, options }) => {
    const { selectionOf } = await import('../letters/letters.ts');
    const selection = selectionOf(options);
    const filtered = Object.keys(selection).length > 0;
    if ([ids.length > 0, filtered, Boolean(options['all'])].filter(Boolean).length !== 1) {
      throw new CommandError(
        'Say which: the IDs of dead letters, or a filter such as --trigger T, or --all. See millrace redrive --help.',
        EXIT.usage,
      );
    }
    const { openSite } = await import('../letters/site.ts');
    const site = await openSite(options);
    const { redriveAll } = await import('../letters/redrive-all.ts');
    const outcome = await redriveAll(site, ids, selection, Boolean(options['dry-run']));
    const { redriven, skipped, failedAgain } = outcome;
    if (options['json']) console.log(JSON.stringify(outcome));
    else {
      for (const { id, reason } of skipped) console.error(`${id} was not sent: ${reason}.`);
      if (options['dry-run']) console.log(`${count(redriven)} would be sent again`);
      else console.log(green(`${count(redriven)} sent again`));
      if (failedAgain > 0) {
        console.log(
          red(`${count(failedAgain)} failed again; why: millrace dead-letters --kind failed${site.hint}`),
        );
      }
    }
    return skipped.length > 0 || failedAgain > 0 ? EXIT.failed : EXIT.ok;
  },
};
