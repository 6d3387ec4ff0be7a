import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, wholeFile } from '../yaml/problem.ts';
import type { Unchecked } from './fault.ts';
import { EVENTS, type WarehouseView } from './pipeline.ts';

/** It becomes part of the name of a table in BigQuery. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** Comments at the head of a file describe the view. */
const HEAD = /^(?:--[^\n]*\n)+/;

export interface LoadedViews {
  /** By pipeline, in the order of their names. */
  readonly byPipeline: ReadonlyMap<string, readonly WarehouseView[]>;
  readonly problems: readonly Problem[];
}

/**
 * Reads PIPELINE/NAME.sql: a description in comments, then a query of GoogleSQL on `{events}`. What the query says is judged by
 * BigQuery alone.
 * @param folder pipelines/views/
 * @param pipelines their sources by name
 */
export function loadViews(folder: string, pipelines: ReadonlyMap<string, Unchecked>): LoadedViews {
  const byPipeline = new Map<string, readonly WarehouseView[]>();
  const problems: Problem[] = [];
  for (const pipeline of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const within = `pipelines/views/${pipeline}`;
    const fault = ownerFault(pipeline, pipelines.get(pipeline));
    if (fault) {
      problems.push(wholeFile(within, fault));
      continue;
    }
    const files = readdirSync(join(folder, pipeline)).sort();
    const views = files.map(file => readView(file, readFileSync(join(folder, pipeline, file), 'utf8')));
    for (const [at, { faults }] of views.entries())
      problems.push(...faults.map(told => wholeFile(`${within}/${files[at]}`, told)));
    byPipeline.set(
      pipeline,
      views.map(({ view }) => view),
    );
  }
  return { byPipeline, problems };
}

type Told = Parameters<typeof wholeFile>[1];

function ownerFault(pipeline: string, source: Unchecked | undefined): Told | undefined {
  if (!source) return { what: `there is no pipeline "${pipeline}" to have views`, mend: 'rename the folder' };
  if (!source['warehouse'])
    return {
      what: 'the pipeline keeps no events in BigQuery',
      mend: `say "warehouse: true" in pipelines/${pipeline}.yaml`,
    };
  // millrace.events_X is the view of the events of X.
  return /^events(?:-|$)/.test(pipeline)
    ? { what: 'a pipeline called events has no views', mend: 'rename it' }
    : undefined;
}

function readView(file: string, text: string): { view: WarehouseView; faults: readonly Told[] } {
  const name = file.replace(/\.sql$/, '');
  const head = HEAD.exec(text)?.[0] ?? '';
  const description = head.replace(/^-- ?/gm, '').trim().replace(/\s+/g, ' ');
  const query = text.slice(head.length).trim();
  const faults: Told[] = [];
  if (name === file || !NAME.test(name))
    faults.push({
      what: `"${file}" is no file of a view`,
      expected: 'small letters, digits and underscores, then .sql',
      mend: 'rename the file',
    });
  if (description === '')
    faults.push({
      what: 'nothing says what the view shows',
      mend: 'begin the file with a comment: -- What it shows',
    });
  if (!query.includes(EVENTS))
    faults.push({
      what: `the query reads no ${EVENTS}`,
      mend: `write FROM ${EVENTS} where the pipeline's events go`,
    });
  return { view: { name, description, query }, faults };
}
