import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runScript } from '../../cli/script.ts';
import { inventoryPage, staleLine } from './inventory.ts';
import { checkDeployment } from './rules.ts';
import { runTerraform, type Step, terraformVersion } from './terraform.ts';
import { Copy } from './testing.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const INVENTORY = join(ROOT, 'terraform/inventory.md');
const HELP = `Usage: npm run check:terraform -- [--write]

Proves Terraform's files without a cloud: evaluates both roots, holds them against the provider's schema and the wiring, and
against terraform/inventory.md. Where Terraform is installed it is run as well, on a schema in place of the provider.

Options:
  --write  Writes terraform/inventory.md anew
  --help   This text

Exit codes: 0 all is well, 1 something is wrong, 2 wrong use.`;

async function check(write: boolean): Promise<Step[]> {
  const copy = new Copy();
  try {
    const deployment = await copy.evaluate();
    if (write) writeFileSync(INVENTORY, inventoryPage(deployment));
    const stale = staleLine(readFileSync(INVENTORY, 'utf8'), deployment);
    const steps: Step[] = [
      { name: `evaluated: ${deployment.main.length + deployment.delivery.length} resources`, problems: [] },
      { name: 'schema, grants and wiring', problems: checkDeployment(deployment) },
      { name: 'inventory', problems: stale === undefined ? [] : [stale] },
    ];
    const version = terraformVersion();
    if (version === undefined) {
      console.log("Terraform is not installed: its files are read by HashiCorp's parser and evaluated here.");
      return steps;
    }
    console.log(`Terraform ${version} is installed: it runs too, on the provider's schema and no cloud.`);
    addWorkers(copy);
    return [...steps, ...(await runTerraform(copy.root, await copy.evaluate(), true))];
  } finally {
    copy.remove();
  }
}

/** Triggers of the one kind that this repository need not have: of a step that is called too, and of one that is not. */
function addWorkers(copy: Copy): void {
  const pulled = 'event: google.cloud.pubsub.topic.v1.messagePublished, topic: events';
  copy.addStep('pour', `pour-on-events: { step: pour, ${pulled}, by: pull, ordered: true }`);
  copy.append('eventarc/triggers.yaml', `tick-on-events: { step: tick, ${pulled}, by: streaming-pull }\n`);
}

await runScript(HELP, { write: { type: 'boolean', default: false } }, async ({ write }) => {
  const steps = await check(write);
  for (const { name, problems } of steps) {
    console.log(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${name}`);
    for (const problem of problems) console.log(`      ${problem}`);
  }
  return steps.every(({ problems }) => problems.length === 0) ? 0 : 1;
});
