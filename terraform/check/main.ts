import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runScript } from '../../cli/script.ts';
import { deploymentOf } from './deployment.ts';
import { copyInputs } from './files.ts';
import { inventoryPage, staleLine } from './inventory.ts';
import { checkDeployment } from './rules.ts';
import { runTerraform, type Step, terraformVersion } from './terraform.ts';

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
  const copy = mkdtempSync(join(tmpdir(), 'millrace-terraform-'));
  try {
    copyInputs(ROOT, copy);
    const deployment = await deploymentOf(copy);
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
    return [...steps, ...(await runTerraform(copy, deployment, true))];
  } finally {
    rmSync(copy, { recursive: true });
  }
}

await runScript(HELP, { write: { type: 'boolean', default: false } }, async ({ write }) => {
  const steps = await check(write);
  for (const { name, problems } of steps) {
    console.log(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${name}`);
    for (const problem of problems) console.log(`      ${problem}`);
  }
  return steps.every(({ problems }) => problems.length === 0) ? 0 : 1;
});
