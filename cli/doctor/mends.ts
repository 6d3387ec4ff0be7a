// What Terraform manages, Terraform mends; gcloud mends what Terraform does not know of, or does not look at.

export const APPLY = 'terraform -chdir=terraform apply';
export const BUILD_AND_APPLY = `npm run build && ${APPLY}`;

/** Sets what the provider cannot set on a trigger, on the subscription underneath. */
export const DELIVER =
  'terraform -chdir=terraform output -json > dist/outputs.json && terraform -chdir=terraform/delivery apply';

/** A new trigger has a new subscription, with Eventarc's defaults. */
export const APPLY_AND_DELIVER = `${APPLY} && ${DELIVER}`;

export const replaceTrigger = (name: string): string =>
  `${APPLY} -replace='module.trigger["${name}"].google_eventarc_trigger.this' && ${DELIVER}`;
