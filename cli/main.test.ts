import { describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';
import { printed } from './testing.ts';

const caught = printed();

describe('a command line', () => {
  it.each([['--help'], ['-h'], ['help']])('that is %s prints the overview', async flag => {
    expect(await main([flag])).toBe(0);
    expect(caught.out).toContain('Usage: millrace COMMAND');
  });

  it('that is empty prints the overview as a mistake', async () => {
    expect(await main([])).toBe(2);
    expect([caught.out, caught.err]).toEqual(['', expect.stringContaining('Usage: millrace COMMAND')]);
  });

  it.each([
    'start',
    'upload',
    'publish',
    'watch',
    'status',
    'query',
    'dead-letters',
    'redrive',
    'resume',
    'new',
    'test',
    'env',
    'worker',
  ])('%s --help explains itself', async name => {
    expect(await main([name, '--help'])).toBe(0);
    expect(caught.out).toContain(`Usage: millrace ${name}`);
    expect(await main([name, '-h'])).toBe(0);
  });

  it.each([
    [['stauts'], 'There is no command "stauts". Did you mean status? See millrace --help.'],
    [['deploy'], 'There is no command "deploy". See millrace --help.'],
    [
      ['upload'],
      'Usage: millrace upload FILE [--pipeline P] [--port BASE] [--json]. See millrace upload --help.',
    ],
    [['env', 'more'], 'Usage: millrace env [--port BASE] [--json]. See millrace env --help.'],
    [['start', '--onec'], "Unknown option '--onec'. Did you mean --once? See millrace start --help."],
    [['env', '--colour'], "Unknown option '--colour'. See millrace env --help."],
    [['env', '--port'], "Option '--port <value>' argument missing. See millrace env --help."],
    [['start', '--once=1'], "Option '--once' does not take an argument. See millrace start --help."],
    [
      ['env', '--port', 'home'],
      '--port takes a number from 1 to 65000, the first of the ports, such as 8700.',
    ],
    [
      ['env', '--port', '65001'],
      '--port takes a number from 1 to 65000, the first of the ports, such as 8700.',
    ],
    [['start', '--faults', 'nowhere.yaml'], 'There is no file nowhere.yaml.'],
    [['new', 'shop', 'x'], 'A new what? "shop" is neither step nor pipeline.'],
    [['worker', 'agregate'], 'There is no step "agregate". Did you mean aggregate?'],
    [
      ['worker', 'aggregate'],
      'No worker pulls for aggregate: its triggers push, or no topic wakes it. Write `by: streaming-pull` into its trigger in eventarc/triggers.yaml, or name a pull subscription: --subscription NAME.',
    ],
    [['worker', 'tick', '--subscription', 'mine'], '--topic is missing. Say which: --topic NAME.'],
    [
      ['worker', 'feed', '--subscription', 'mine', '--mode', 'push'],
      '--mode takes streaming-pull or pull, not "push".',
    ],
    [['upload', '/no/such.json'], 'There is no file /no/such.json.'],
    [['upload', '/'], '/ is no file. Upload its files one by one.'],
  ])('%j is wrong use, told in a line', async (args, message) => {
    expect(await main(args)).toBe(2);
    expect([caught.out, caught.err]).toEqual(['', `${message}\n`]);
  });

  it('names the pipelines there are when it is to test another', async () => {
    expect(await main(['test', 'quaeks'])).toBe(2);
    expect(caught.err).toMatch(/^There is no pipeline "quaeks"\. Did you mean quakes\? There are: .*quakes/);
  });

  it.each([['publish', 'quakes'], ['watch', 'alerts'], ['status'], ['upload', import.meta.filename]])(
    '%s needs a suite, and says so with code 3',
    async (...args) => {
      expect(await main([...args, '--port', '1'])).toBe(3);
      expect(caught.err).toBe(
        'No suite answers on port 7. Start one with npm start, or say where it is with --port BASE.\n',
      );
    },
  );
});

describe('env', () => {
  it('prints exports for a shell', async () => {
    expect(await main(['env', '--port', '9000'])).toBe(0);
    expect(caught.out).toBe(
      [
        'export GOOGLE_CLOUD_PROJECT=demo-millrace',
        'export PUBSUB_EMULATOR_HOST=127.0.0.1:9003',
        'export FIRESTORE_EMULATOR_HOST=127.0.0.1:9004',
        'export STORAGE_EMULATOR_HOST=http://127.0.0.1:9002',
        'export BIGQUERY_EMULATOR_HOST=http://127.0.0.1:9005',
        'export FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:9007',
        'export METADATA_SERVER_DETECTION=none\n',
      ].join('\n'),
    );
  });

  it('takes the port from MILLRACE_PORT where none is given', async () => {
    vi.stubEnv('MILLRACE_PORT', '9100');
    expect(await main(['env', '--json'])).toBe(0);
    expect(JSON.parse(caught.out)).toMatchObject({ PUBSUB_EMULATOR_HOST: '127.0.0.1:9103' });
    vi.unstubAllEnvs();
  });
});
