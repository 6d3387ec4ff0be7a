import { causeNow, payerOf } from './cause.ts';

/** A document that has been written faster than Firestore sustains. */
export interface HotDocument {
  readonly path: string;
  /** Writes a second in its busiest time, averaged over that, and over ten seconds at least. */
  readonly peak: number;
  /** Writes of that time. */
  readonly writes: number;
  /** How long that time was. */
  readonly seconds: number;
  /** Steps, or clients. */
  readonly by: readonly string[];
}

export interface HotDocuments {
  /** The hottest first; no more than are kept. */
  readonly documents: readonly HotDocument[];
  /** How many have ever been hot. */
  readonly total: number;
}

/**
 * Writes of one document that Firestore sustains in a second:
 * {@link https://firebase.google.com/docs/firestore/best-practices#updates_to_a_single_document}.
 */
const SUSTAINED = 1;
/** Writes more than that which it takes in a burst: so one second of many is no matter, ten seconds of two a second are. */
const BURST = 10;
/** Documents of a generation; those of the last two are watched, so one is forgotten only amid more others than this. */
const GENERATION = 5000;
const KEPT = 100;
const DOCUMENTS = '/documents/';

/** A time in which a document was written faster than it could rest: a leaky bucket, by when it began and what came in. */
interface Busy {
  since: number;
  writes: number;
}

interface Heat {
  peak: number;
  writes: number;
  seconds: number;
  readonly by: Set<string>;
}

/** Watches how often documents are written, in bounded memory, and tells of the hot ones. */
export class HotWatch {
  #young = new Map<string, Busy>();
  #old = new Map<string, Busy>();
  readonly #hot = new Map<string, Heat>();
  readonly #heard: (document: HotDocument) => void;
  #total = 0;

  /** @param heard told of a document when it first is hot */
  constructor(heard: (document: HotDocument) => void = () => {}) {
    this.#heard = heard;
  }

  get documents(): HotDocuments {
    const documents = [...this.#hot].map(([name, heat]) => describe(name, heat));
    return { documents: documents.sort((a, b) => b.peak - a.peak), total: this.#total };
  }

  /** @param name full name of a document that has been written now, in milliseconds */
  wrote(name: string, now = Date.now()): void {
    const busy = this.#busyOf(name);
    if (overdue(busy, now) <= 0) {
      busy.since = now;
      busy.writes = 0;
    }
    busy.writes++;
    if (overdue(busy, now) > BURST) this.#heat(name, busy, now);
  }

  /** A document's own; a new one is not busy yet. */
  #busyOf(name: string): Busy {
    const young = this.#young.get(name);
    if (young) return young;
    const busy = this.#old.get(name) ?? { since: 0, writes: 0 };
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, busy);
    return busy;
  }

  #heat(name: string, { since, writes }: Busy, now: number): void {
    const seconds = (now - since) / 1000;
    const peak = writes / Math.max(seconds, BURST / SUSTAINED);
    const payer = payerOf(causeNow());
    const known = this.#hot.get(name);
    if (known) {
      known.by.add(payer);
      if (peak > known.peak) Object.assign(known, { peak, writes, seconds });
      return;
    }
    this.#total++;
    if (this.#hot.size >= KEPT) this.#hot.delete(coldest(this.#hot));
    const heat = { peak, writes, seconds, by: new Set([payer]) };
    this.#hot.set(name, heat);
    this.#heard(describe(name, heat));
  }
}

/** Writes that have come in beyond what could be sustained since. */
const overdue = ({ since, writes }: Busy, now: number): number => writes - ((now - since) / 1000) * SUSTAINED;

function describe(name: string, { by, ...heat }: Heat): HotDocument {
  return { path: name.slice(name.indexOf(DOCUMENTS) + DOCUMENTS.length), ...heat, by: [...by].sort() };
}

function coldest(hot: ReadonlyMap<string, Heat>): string {
  let found = '';
  let least = Number.POSITIVE_INFINITY;
  for (const [name, { peak }] of hot) {
    if (peak >= least) continue;
    found = name;
    least = peak;
  }
  return found;
}
