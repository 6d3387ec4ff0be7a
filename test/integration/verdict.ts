/** What was counted, where. */
export interface Counts {
  /** Records in the file, counted without Millrace; null where they cannot be counted. */
  readonly file: number | null;
  /** What uploads/{id} says. */
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly late: number;
  /** Events in the documents of the table. */
  readonly table: number;
}

/** What does not add up, in words; nothing where all does. */
export function differences(counts: Counts): string[] {
  const { file, records, accepted, rejected, late, table } = counts;
  const told = accepted + rejected + late;
  return [
    file === records ? [] : `The file has ${file ?? 'no countable'} records, ${records} were read.`,
    records === told
      ? []
      : `${records} records were read, but ${told} are accounted for: ${accepted} accepted, ${rejected} rejected, ${late} late.`,
    accepted === table ? [] : `${accepted} records were accepted, the table has ${table}.`,
  ].flat();
}
