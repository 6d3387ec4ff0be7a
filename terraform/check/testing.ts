import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Deployment, deploymentOf, SETTINGS, type Settings } from './deployment.ts';
import { copyInputs } from './files.ts';
import { inventoryPage, staleLine } from './inventory.ts';
import { checkDeployment } from './rules.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A copy of what Terraform reads, to change and to check. */
export class Copy {
  readonly root = mkdtempSync(join(tmpdir(), 'millrace-terraform-'));

  /** @param from another copy, or the checkout itself */
  constructor(from = ROOT) {
    copyInputs(from, this.root);
  }

  /** @throws Error when there is nothing to replace: a mutation that changes nothing proves nothing */
  replace(file: string, what: string | RegExp, by: string): void {
    const path = join(this.root, file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(what, by);
    if (after === before) throw new Error(`${file} has nothing like ${what}`);
    writeFileSync(path, after);
  }

  append(file: string, text: string): void {
    const path = join(this.root, file);
    writeFileSync(path, readFileSync(path, 'utf8') + text);
  }

  /** A step of its own, woken by what `trigger` says. */
  addStep(name: string, trigger: string): void {
    const path = join(this.root, 'functions', name, 'function.yaml');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, STEP);
    this.append('eventarc/triggers.yaml', `${trigger}\n`);
  }

  evaluate(settings: Settings = SETTINGS): Promise<Deployment> {
    return deploymentOf(this.root, settings);
  }

  /** As `npm run check:terraform -- --write` would leave it. */
  async writeInventory(): Promise<void> {
    writeFileSync(join(this.root, 'terraform/inventory.md'), inventoryPage(await this.evaluate()));
  }

  /** All that the checks say without Terraform, also when they cannot even read the files. */
  async problems(settings: Settings = SETTINGS): Promise<string[]> {
    try {
      const deployment = await this.evaluate(settings);
      const stale = staleLine(readFileSync(join(this.root, 'terraform/inventory.md'), 'utf8'), deployment);
      return [...checkDeployment(deployment), ...(stale === undefined ? [] : [stale])];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}

const STEP = `description: A step for a test
memory: 2Gi
timeout: 60s
concurrency: 10
instances: { max: 3 }
environment: { COLOUR: blue }
roles:
  - { role: roles/datastore.user, on: project }
guarantees:
  identity: &any { says: a, shownBy: { a.test.ts: [b] } }
  horizon: *any
  ordering: *any
  retry: *any
  loss: *any
`;
