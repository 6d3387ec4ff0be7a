import { describe, expect, it } from 'vitest';
import { helpOf, overview } from './help.ts';
import { COMMANDS } from './main.ts';

describe('help', () => {
  it('of the whole names every command in a line each', () => {
    const lines = overview(COMMANDS).split('\n');
    for (const { name, summary } of COMMANDS) {
      expect(lines.some(line => line.trim().startsWith(name) && line.endsWith(summary))).toBe(true);
    }
  });

  it.each(COMMANDS.map(command => [command.name, command] as const))(
    'of %s has its usage, every option and an example that it would take',
    (name, command) => {
      const text = helpOf(command);
      expect(text).toContain(`Usage: millrace ${name}`);
      for (const option of Object.keys(command.options)) {
        expect(text).toContain(`  --${option}`);
        expect(command.usage).toContain(`--${option}`);
      }
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [line] of command.examples) {
        expect(text).toContain(line);
        expect(line).toMatch(name === 'start' ? /npm start/ : new RegExp(`millrace (-- )?${name}`));
        for (const [, flag = ''] of line.matchAll(/ --([a-z-]*[a-z])/g)) {
          expect(Object.keys(command.options)).toContain(flag);
        }
      }
    },
  );

  it('fits a terminal', () => {
    const lines = [overview(COMMANDS), ...COMMANDS.map(helpOf)].flatMap(text => text.split('\n'));
    expect(lines.filter(line => line.length > 120)).toEqual([]);
  });
});
