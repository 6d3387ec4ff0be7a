const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads a duration as written in the YAML files: a whole number and one unit, `10s`, `5m`, `1h` or `7d`.
 *
 * @returns seconds
 * @throws RangeError that quotes the text and says what is expected
 */
export function parseDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  if (seconds === undefined) {
    throw new RangeError(
      `"${text}" is no duration. Expected a whole number and one of the units s, m, h, d, such as 10s, 5m, 1h or 7d`,
    );
  }
  return Number(digits) * seconds;
}
