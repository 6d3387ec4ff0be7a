import { createHash } from 'node:crypto';
import { parseDuration } from '../duration/duration.ts';
import { compileWindow } from './compile-window.ts';
import { numberOf } from './measures.ts';
import { parsePath } from './path.ts';
import type {
  EventRule,
  IntervalJoin,
  Join,
  LevelRule,
  Pipeline,
  SilenceRule,
  Warehouse,
  WarehouseView,
} from './pipeline.ts';
import { type AlertSource, type IntervalJoinSource, OPERATORS, type PipelineSource } from './source.ts';

/**
 * Fills in defaults, turns durations into seconds and paths into segments, and names the result by its hash.
 * @param source checked already
 * @param hashes SHA-256 of each reference file, by its name without .csv
 * @param views of its warehouse, in the order of their names
 * @param intervalJoins those that the pipeline is a side of; other files define them
 */
export function compile(
  name: string,
  source: PipelineSource,
  hashes: ReadonlyMap<string, string>,
  intervalJoins: readonly IntervalJoin[] = [],
  views: readonly WarehouseView[] = [],
): Pipeline {
  const { time, feed = {} } = source;
  const key = parsePath(source.key);
  const alerts = Object.entries(source.alerts ?? {}).sort(byName);
  const routes = Object.entries(source.routes ?? {}).sort(byName);
  const levels = alerts.filter(([, { window }]) => window !== undefined);
  const silences = alerts.flatMap(([rule, alert]) => silenceOf(rule, alert));
  const definition: Omit<Pipeline, 'version'> = {
    name,
    description: source.description,
    schema: source.schema,
    ...(source.id && { id: parsePath(source.id) }),
    ...(source.horizon && { horizon: parseDuration(source.horizon) }),
    time: {
      path: parsePath(time.field),
      unit: time.unit ?? 'ms',
      ...(time.zone && { zone: time.zone }),
      maximalSkew: parseDuration(time.skew ?? '1h'),
    },
    key,
    joins: (source.join ?? []).map(
      (join): Join => ({
        reference: join.reference,
        hash: hashes.get(join.reference) ?? '',
        column: join.column,
        on: parsePath(join.on),
        as: join.as,
        missing: join.missing ?? 'keep',
      }),
    ),
    windows: Object.entries(source.windows ?? {})
      .sort(byName)
      .map(([window, spec]) => compileWindow(window, spec, key)),
    rules: alerts.filter(([, { field }]) => field !== undefined).map(([rule, alert]) => ruleOf(rule, alert)),
    ...(levels.length > 0 && { levels: levels.map(([rule, alert]) => levelOf(rule, alert)) }),
    ...(silences.length > 0 && { silences }),
    ...(intervalJoins.length > 0 && { intervalJoins }),
    ...(source.warehouse && { warehouse: warehouseOf(source.warehouse, views) }),
    feed: {
      sample: feed.sample ?? 5,
      ttl: parseDuration(feed.keep ?? '1h'),
      entities: feed.entities ?? false,
    },
    ...(routes.length > 0 && { routes: routes.map(([topic, when]) => ({ topic, when })) }),
  };
  return { ...definition, version: versionOf(definition) };
}

/** The interval join that a pipeline's records come from. */
export function intervalJoinOf(name: string, source: IntervalJoinSource): IntervalJoin {
  return {
    name,
    left: source.left,
    right: source.right,
    before: parseDuration(source.before ?? '0s'),
    after: parseDuration(source.after ?? '0s'),
    unmatched: source.unmatched ?? 'drop',
    lateness: parseDuration(source.lateness ?? '1h'),
    retention: parseDuration(source.retention ?? '1d'),
  };
}

function silenceOf(name: string, alert: AlertSource): SilenceRule[] {
  const { 'silent-for': after, severity = 'warning', title } = alert;
  return after === undefined ? [] : [{ name, after: parseDuration(after), severity, title }];
}

function warehouseOf(
  source: NonNullable<PipelineSource['warehouse']>,
  views: readonly WarehouseView[],
): Warehouse {
  const { partitioning = 'DAY', clustering = ['event_key'] } = source === true || !source ? {} : source;
  return {
    ...(partitioning !== 'NONE' && { partitioning }),
    clustering,
    ...(views.length > 0 && { views }),
  };
}

function ruleOf(name: string, alert: AlertSource): EventRule {
  const operator = OPERATORS.find(one => alert[one] !== undefined)!;
  return {
    name,
    path: parsePath(alert.field ?? ''),
    operator,
    threshold: alert[operator]!,
    severity: alert.severity ?? 'warning',
    title: alert.title,
  };
}

function levelOf(name: string, alert: AlertSource): LevelRule {
  const operator = OPERATORS.find(one => alert[one] !== undefined) as LevelRule['operator'];
  const threshold = alert[operator]!;
  const { only, escalate } = alert;
  return {
    name,
    window: alert.window ?? '',
    measure: numberOf(alert.measure ?? ''),
    ...(only !== undefined && { only }),
    minEvents: alert['min-events'] ?? 0,
    operator,
    threshold,
    clear: alert.clear ?? threshold,
    for: parseDuration(alert.for ?? '0s'),
    cooldown: parseDuration(alert.cooldown ?? '0s'),
    ...(escalate && { escalate: { after: parseDuration(escalate.after), severity: escalate.severity } }),
    severity: alert.severity ?? 'warning',
    title: alert.title,
  };
}

/** Keys are put in order first: what stands where in the file makes no difference, so it makes no new version. */
function versionOf(definition: Omit<Pipeline, 'version'>): string {
  const canonical = JSON.stringify(definition, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(byName))
      : value,
  );
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
