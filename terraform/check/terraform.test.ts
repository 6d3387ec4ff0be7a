import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTerraform, terraformVersion } from './terraform.ts';
import { Copy } from './testing.ts';

const version = terraformVersion();
let copy: Copy;
beforeAll(() => {
  copy = new Copy();
});
afterAll(() => copy.remove());

it('Terraform itself formats and validates both roots', { timeout: 120_000 }, async context => {
  if (version === undefined)
    return context.skip('Terraform is not installed; its files are evaluated without it');
  const steps = await runTerraform(copy.root, await copy.evaluate(), false);
  expect(steps.filter(({ problems }) => problems.length > 0)).toEqual([]);
});

it('Terraform refuses an argument that the provider does not know', { timeout: 60_000 }, async context => {
  if (version === undefined)
    return context.skip('Terraform is not installed; its files are evaluated without it');
  const deployment = await copy.evaluate();
  copy.replace('terraform/modules/topic/main.tf', 'message_retention_duration', 'message_retention');
  const steps = await runTerraform(copy.root, deployment, false);
  const wrong = steps.find(({ name }) => name === 'validate terraform');
  expect(wrong?.problems.join()).toContain('An argument named "message_retention" is not expected here');
});
