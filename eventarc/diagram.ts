import { EVENT_TYPES } from './catalogue.ts';
import type { EventarcTrigger, Trigger, Wiring } from './wiring.ts';

type NodeKind = 'bucket' | 'topic' | 'documents' | 'schedule' | 'http' | 'queue' | 'audit' | 'step';

/** Brackets make the shape: {@link https://mermaid.js.org/syntax/flowchart.html#node-shapes}. */
const SHAPES: Readonly<Record<NodeKind, readonly [open: string, close: string]>> = {
  bucket: ['[(', ')]'],
  topic: ['{{', '}}'],
  documents: ['[/', '/]'],
  schedule: ['([', '])'],
  http: ['([', '])'],
  queue: ['([', '])'],
  audit: ['([', '])'],
  step: ['[', ']'],
};

interface Node {
  readonly kind: NodeKind;
  readonly text: string;
}

/**
 * The wiring as a Mermaid flowchart: what wakes the steps, by triggers' names, dotted where a worker pulls;
 * and what they publish and write.
 */
export function mermaid(wiring: Wiring): string {
  const ids = new Map<string, string>();
  const nodes: string[] = [];
  const id = ({ kind, text }: Node): string => {
    const key = `${kind} ${text}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const name = `${kind}${[...ids.keys()].filter(other => other.startsWith(`${kind} `)).length + 1}`;
    const [open, close] = SHAPES[kind];
    ids.set(key, name);
    nodes.push(`  ${name}${open}${quote(text)}${close}`);
    return name;
  };
  const step = (name: string): string => id({ kind: 'step', text: name });
  const wakes = wiring.triggers.map(trigger => {
    const arrow = trigger.kind === 'worker' ? '-.->' : '-->';
    return `  ${id(sourceOf(trigger))} ${arrow}|${quote(trigger.name)}| ${step(trigger.step)}`;
  });
  const yields = wiring.steps.flatMap(({ name, publishes, writes }) => [
    ...publishes.map(text => `  ${step(name)} --> ${id({ kind: 'topic', text })}`),
    ...writes.map(text => `  ${step(name)} --> ${id({ kind: 'documents', text })}`),
  ]);
  return ['flowchart LR', ...nodes, ...wakes, ...yields].join('\n');
}

function sourceOf(trigger: Trigger): Node {
  if (trigger.kind === 'schedule') {
    return { kind: 'schedule', text: `${trigger.schedule} (${trigger.timeZone})` };
  }
  if (trigger.kind === 'http') return { kind: 'http', text: 'HTTP' };
  if (trigger.kind === 'task') return { kind: 'queue', text: trigger.queue };
  if (trigger.kind === 'worker') return { kind: 'topic', text: trigger.topic };
  return sourceOfEvent(trigger);
}

function sourceOfEvent({ event, topic, where }: EventarcTrigger): Node {
  const filter = (attribute: string) => where.find(one => one.attribute === attribute)?.value;
  const source = EVENT_TYPES.get(event)?.source;
  if (source === 'pubsub') return { kind: 'topic', text: topic ?? '' };
  if (source === 'storage') return { kind: 'bucket', text: filter('bucket') ?? '' };
  if (source === 'firestore') return { kind: 'documents', text: filter('document') ?? 'any document' };
  return { kind: 'audit', text: [filter('serviceName'), filter('methodName')].join(' ') };
}

/** Mermaid has no escapes but entity codes; every label is quoted, so that only quotes need one. */
function quote(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;')}"`;
}
