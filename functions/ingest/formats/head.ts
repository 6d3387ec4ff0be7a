/** The beginning of a file (decompressed, without BOM), as the sniffers look at it. */
export interface Head {
  readonly bytes: Buffer;
  /** It is the whole file. */
  readonly whole: boolean;
  readonly text: string;
  /** The text without white space before it. */
  readonly trimmed: string;
  /** Lines that are complete and not blank, with their line ends; at most 200. */
  readonly lines: readonly string[];
  /** How many of `lines` are JSON objects. */
  readonly objects: number;
}

const LOOK_AT_LINES = 200;

export function headOf(bytes: Buffer, whole: boolean): Head {
  const text = bytes.toString('utf8');
  const complete = whole ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = (complete.match(/[^\n]*\n|[^\n]+$/g) ?? [])
    .filter(line => line.trim() !== '')
    .slice(0, LOOK_AT_LINES);
  const objects = lines.filter(isObjectText).length;
  return { bytes, whole, text, trimmed: text.replace(/^[ \t\r\n]+/, ''), lines, objects };
}

export function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
