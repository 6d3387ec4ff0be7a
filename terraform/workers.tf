# Triggers that workers pull: `by: pull` or `by: streaming-pull` in triggers.yaml. One image serves them all.

module "worker" {
  source   = "./modules/worker"
  for_each = local.pulled_triggers

  project           = var.project
  region            = var.region
  name              = each.key
  step              = each.value.step
  topic             = module.topic[each.value.topic].id
  mode              = each.value.by
  ordered           = try(each.value.ordered, false)
  attempts          = try(each.value.retry.attempts, 10)
  minimum_backoff   = try(tonumber(regex("^[0-9]+", each.value.retry.min)) * local.seconds[regex("[smhd]$", each.value.retry.min)], 10)
  maximum_backoff   = try(tonumber(regex("^[0-9]+", each.value.retry.max)) * local.seconds[regex("[smhd]$", each.value.retry.max)], 600)
  dead_letters      = each.value.topic != local.dead_letter_topic
  dead_letter_topic = module.topic[local.dead_letter_topic].id
  pubsub_agent      = local.agent_of.pubsub
  account           = module.step[each.value.step].account
  image             = var.worker_image
  instances         = try(var.worker_instances[each.key], max(1, try(local.steps[each.value.step].instances.min, 0)))
  concurrency       = local.steps[each.value.step].concurrency
  timeout           = tonumber(regex("^[0-9]+", local.steps[each.value.step].timeout)) * local.seconds[regex("[smhd]$", local.steps[each.value.step].timeout)]
  cpu               = module.step[each.value.step].cpu
  memory            = module.step[each.value.step].memory
  environment       = merge(try(local.steps[each.value.step].environment, {}), try(var.step_overrides[each.value.step].environment, {}))
  labels            = var.labels
  kms_key           = var.kms_key

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.agent, google_storage_bucket_object.current, google_firestore_database.this]
}
