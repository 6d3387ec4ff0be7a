import { describe, expect, it } from 'vitest';
import { createProgress, type Output, printAbove } from './progress.ts';

function output(isTTY: boolean, columns = 80): Output & { written: string } {
  return {
    written: '',
    isTTY,
    columns,
    write(text) {
      this.written += text;
    },
  };
}

describe('progress off a terminal', () => {
  it('prints plain lines, one in two seconds at most', () => {
    const out = output(false);
    let now = 0;
    const progress = createProgress('f.json', out, () => now);
    for (now of [100, 1999, 2000, 2500, 4100]) progress.update(now / 5000, `${now} records`);
    progress.done();
    expect(out.written).toBe('f.json: 40 %, 2000 records\nf.json: 82 %, 4100 records\n');
  });
});

describe('progress on a terminal', () => {
  it('redraws one line and takes it away at the end', () => {
    const out = output(true);
    const progress = createProgress('f', out);
    progress.update(0.5, 'half');
    expect(out.written).toBe(`\r\u001b[Kf ${'█'.repeat(15)}${'░'.repeat(15)}  50 %  half`);
    progress.update(7, 'more than all');
    expect(out.written).toContain(`\r\u001b[Kf ${'█'.repeat(30)} 100 %`);
    progress.done();
    expect(out.written.endsWith('\r\u001b[K')).toBe(true);
  });

  it('never wraps, since a wrapped line could not be taken back', () => {
    const out = output(true, 40);
    createProgress('a-long-name.json', out).update(1, 'and much to say');
    expect(out.written.replace('\r\u001b[K', '')).toHaveLength(39);
  });

  it('lets other lines stand above it', () => {
    const out = output(true);
    const progress = createProgress('f', out);
    progress.update(0, 'x');
    const bar = out.written;
    printAbove('a warning', out);
    expect(out.written).toBe(`${bar}\r\u001b[Ka warning\n${bar.replace('\r\u001b[K', '')}`);
    progress.done();
    out.written = '';
    printAbove('another', out);
    expect(out.written).toBe('another\n');
  });
});
