import { type Command, CommandError, EXIT, JSON_OPTION } from '../command.ts';
import { SELECTION_OPTIONS, SITE_OPTIONS } from '../letters/options.ts';

const SHOWN = 20;
const MOST = 10_000;

export const deadLetters: Command = {
  name: 'dead-letters',
  summary: 'Lists what was refused or given up, newest first: when, where, what and why.',
  usage:
    '[--pipeline P] [--step S] [--trigger T] [--upload U] [--kind K] [--limit N] [--project ID] [--port BASE] [--json]',
  options: {
    ...SELECTION_OPTIONS,
    kind: {
      type: 'string',
      value: 'K',
      description: 'rejected: records that do not fit; failed: deliveries that were given up',
    },
    limit: { type: 'string', value: 'N', description: `At most so many (default ${SHOWN})` },
    ...SITE_OPTIONS,
    json: JSON_OPTION,
  },
  positionals: [0, 0],
  examples: [
    ['millrace dead-letters', 'the newest, as a table'],
    ['millrace dead-letters --kind failed', 'those that millrace redrive can send again'],
    ['millrace dead-letters --upload ID --json', 'of one upload, for scripts'],
  ],
  run: async ({ options }) => {
    const limit = limitOf(options['limit']);
    const { selectionOf, queryOf, letterOf } = await import('../letters/letters.ts');
    const { openSite } = await import('../letters/site.ts');
    const selection = selectionOf(options);
    const { firestore, hint } = await openSite(options);
    const query = queryOf(firestore, selection);
    const [found, total] = await Promise.all([
      query.orderBy('at', 'desc').limit(limit).get(),
      query.count().get(),
    ]);
    const rest =
      selection.upload && (await firestore.doc(`uploads/${selection.upload}`).get()).get('rejects.rest');
    await firestore.terminate();
    const letters = found.docs.map(letterOf);
    const all = total.data().count;
    const { lettersAsJson, showLetters } = await import('../letters/show.ts');
    if (options['json']) {
      console.log(
        JSON.stringify({ deadLetters: letters.map(lettersAsJson), total: all, ...(rest && { rest }) }),
      );
    } else showLetters(letters, { all, rest, hint });
    return EXIT.ok;
  },
};

function limitOf(text: string | boolean | undefined): number {
  const limit = Number(text ?? SHOWN);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new CommandError(`--limit takes a number from 1 to ${MOST}.`, EXIT.usage);
}
