import { open, readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parquetMetadata } from 'hyparquet';

/**
 * Counts the records of a file, good and bad, by other means than `ingest` does: lines, JSON.parse, or what a Parquet
 * file says of itself.
 * @throws when it is none of the formats that are read
 */
export async function countRecords(file: string): Promise<number> {
  if ((await magicOf(file)) === 'PAR1') return Number(parquetMetadata(await readFile(file)).num_rows);
  const bytes = await readFile(file);
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1').trim();
  const lines = text.split('\n').filter(line => line.trim() !== '');
  if (text === '') return 0;
  if (text.startsWith('[')) return (JSON.parse(text) as unknown[]).length;
  if (!text.replace(/^\xef\xbb\xbf/, '').startsWith('{')) {
    return isAccessLog(lines) ? lines.length : rowsOf(text) - 1;
  }
  const whole = wholeJson(text);
  if (whole === undefined) return lines.length;
  return Array.isArray(whole.features) ? whole.features.length : 1;
}

async function magicOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

/** Undefined: several texts, one a line. */
function wholeJson(text: string): { features?: unknown } | undefined {
  try {
    return JSON.parse(text) as { features?: unknown };
  } catch {
    return undefined;
  }
}

function isAccessLog(lines: readonly string[]): boolean {
  return lines.filter(line => /^\S+ \S+ .+ \[[^\]]+\] "/.test(line)).length * 2 >= lines.length;
}

/** Lines that are not blank, without the line ends inside quotes. */
function rowsOf(csv: string): number {
  const rows = csv.replaceAll(/"[^"]*"/g, 'quoted').split('\n');
  return rows.filter(row => row.trim() !== '').length;
}
