export const MODES = ['streaming-pull', 'pull'] as const;
export type Mode = (typeof MODES)[number];

/** What a worker is told. */
export interface WorkerSettings {
  /** Whose function handles the messages. */
  readonly step: string;
  readonly project: string;
  /** Full names. */
  readonly subscription: string;
  readonly topic: string;
  readonly mode: Mode;
  /** Messages handled at once. */
  readonly concurrency: number;
  /** Seconds that the step has for a message. */
  readonly timeout: number;
  /** Whether messages of one ordering key are handled one after the other. */
  readonly ordered: boolean;
  /** Seconds that messages under way have at the end. */
  readonly drain: number;
  /** Of /healthz; none is served where there is none. */
  readonly healthPort?: number;
}

/** Options of the command line, for `millrace worker` and for the container alike. */
export const OPTIONS = {
  subscription: { type: 'string', value: 'NAME', description: 'Pull subscription, by its id or full name' },
  topic: {
    type: 'string',
    value: 'NAME',
    description: 'Topic of that subscription: events name it as their source',
  },
  mode: { type: 'string', value: 'MODE', description: 'streaming-pull (default) or pull' },
  concurrency: { type: 'string', value: 'N', description: 'Messages at once, 1 to 1000' },
  timeout: { type: 'string', value: 'SECONDS', description: 'For one message, 1 to 3600' },
  ordered: { type: 'boolean', description: 'Messages of one ordering key one after the other' },
  drain: {
    type: 'string',
    value: 'SECONDS',
    description: 'For what is under way at the end (default 8)',
  },
  health: { type: 'string', value: 'PORT', description: 'Serve /healthz for probes' },
} as const;

export type Values = Readonly<Partial<Record<keyof typeof OPTIONS, string | boolean>>>;

/** What holds where the command line says nothing. */
export interface Defaults {
  readonly step: string;
  readonly project: string;
  readonly subscription?: string | undefined;
  readonly topic?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly concurrency?: number | undefined;
  readonly timeout?: number | undefined;
  readonly ordered?: boolean | undefined;
}

const CONCURRENCY = 16;
/** As long as the official client extends a lease. */
const LONGEST_TIMEOUT = 3600;
const TIMEOUT = 600;
/** Cloud Run kills 10 s after its SIGTERM. */
const DRAIN = 8;

/** @throws Error that names the option, what it takes and how to mend it */
export function settingsOf(values: Values, defaults: Defaults): WorkerSettings {
  const { step, project } = defaults;
  const name = (option: 'subscription' | 'topic', collection: string): string => {
    const given = (values[option] as string | undefined) ?? defaults[option];
    if (!given) throw new Error(`--${option} is missing. Say which: --${option} NAME.`);
    return given.includes('/') ? given : `projects/${project}/${collection}/${given}`;
  };
  const number = (option: keyof Values, least: number, most: number, otherwise: number): number => {
    const given = values[option];
    const value = given === undefined ? otherwise : Number(given);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Error(
      `--${option} takes a whole number from ${least} to ${most}, not "${given ?? otherwise}".`,
    );
  };
  const mode = (values.mode ?? defaults.mode ?? 'streaming-pull') as Mode;
  if (!MODES.includes(mode)) throw new Error(`--mode takes ${MODES.join(' or ')}, not "${mode}".`);
  return {
    step,
    project,
    subscription: name('subscription', 'subscriptions'),
    topic: name('topic', 'topics'),
    mode,
    concurrency: number('concurrency', 1, 1000, defaults.concurrency ?? CONCURRENCY),
    timeout: number('timeout', 1, LONGEST_TIMEOUT, defaults.timeout ?? TIMEOUT),
    ordered: Boolean(values.ordered ?? defaults.ordered),
    drain: number('drain', 0, 600, DRAIN),
    ...(values.health !== undefined && { healthPort: number('health', 0, 65_535, 0) }),
  };
}
