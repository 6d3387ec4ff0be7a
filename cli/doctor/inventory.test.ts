import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wiringGrants } from '../../eventarc/grants.ts';
import { Answers } from './answers.ts';
import { bucketsOf, type Case, readDeclared } from './case.ts';
import { agentGrants } from './checks/grants.ts';
import { servicesOf } from './checks/services.ts';
import { wiringRequests } from './requests.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const place = {
  project: 'demo-millrace',
  number: '123456789012',
  region: 'europe-west4',
  databaseLocation: 'europe-west4',
};
const one: Case = { ...readDeclared(ROOT), place, answers: new Answers() };

/** What Terraform makes of this very checkout, section by section: its rows. */
const sections = new Map(
  readFileSync(join(ROOT, 'terraform/inventory.md'), 'utf8')
    .split('\n## ')
    .map(text => {
      const [title = '', ...lines] = text.split('\n');
      const rows = lines.filter(line => line.startsWith('| ')).map(line => line.slice(2, -2).split(' | '));
      return [title, { lines, rows: rows.slice(2) }] as const;
    }),
);
const section = (title: string) => sections.get(title)!;
const names = (kind: string): string[] =>
  wiringRequests(one, place)
    .filter(request => request.kind === kind)
    .map(({ name }) => name);

describe('what the doctor expects is what Terraform makes:', () => {
  it('services, and the three that are enabled by hand before', () => {
    const made = section('Services').lines.flatMap(line => (line.startsWith('- ') ? [line.slice(2)] : []));
    const byHand = ['cloudresourcemanager.googleapis.com', 'serviceusage.googleapis.com'];
    expect(servicesOf(one)).toEqual([...made, ...byHand].sort());
  });

  it('roles of steps, triggers and agents', () => {
    const text = (member: string, role: string, on: string): string =>
      [member.replace('serviceAccount:', '').replace('.iam.gserviceaccount.com', ''), role, on].join(' | ');
    const made = section('Who may do what').rows.map(row => row.join(' | '));
    const granted = new Set(made);
    for (const { member, role, on } of wiringGrants(one.wiring, place.project)) {
      expect(granted).toContain(text(member, role, on));
    }
    // What Google grants its agents itself is not Terraform's.
    const byTerraform = agentGrants(one).filter(({ mend }) => mend.startsWith('terraform'));
    expect(byTerraform.length).toBeGreaterThan(2);
    for (const { member, roles, on } of byTerraform) expect(granted).toContain(text(member, roles[0]!, on));
  });

  it('steps, triggers, schedules, topics, buckets and datasets', () => {
    const first = (title: string): string[] => section(title).rows.map(([name = '']) => name);
    const resources = section('Topics, buckets and datasets').rows;
    const named = (kind: string): string[] =>
      resources.flatMap(([type, name = '']) => (type === kind ? [name] : []));
    expect(names('service').sort()).toEqual(first('Functions'));
    expect(names('trigger').sort()).toEqual(first('Triggers'));
    expect([...names('job'), ...names('queue')].sort()).toEqual(first('Schedules and queues').sort());
    expect(names('topic').sort()).toEqual(named('topic'));
    expect(names('dataset').sort()).toEqual(named('dataset'));
    expect(bucketsOf(one.wiring, place.project).sort()).toEqual(
      named('bucket').filter(name => !name.endsWith('-millrace-sources')),
    );
  });
});
