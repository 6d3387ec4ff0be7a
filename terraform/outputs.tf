output "delivery" {
  description = "What the second root, terraform/delivery, sets on the subscriptions under the triggers."
  value = {
    project = var.project
    region  = var.region
    pubsub  = local.agent_of.pubsub
    subscriptions = {
      for name, trigger in local.eventarc_triggers : name => {
        subscription = module.trigger[name].subscription.name
        topic        = module.trigger[name].subscription.topic
        # Dead letters that failed again would go round for ever.
        dead_letter_topic = try(trigger.topic, null) == local.dead_letter_topic ? null : module.topic[local.dead_letter_topic].id
        attempts          = try(trigger.retry.attempts, 10)
        minimum_backoff   = try(tonumber(regex("^[0-9]+", trigger.retry.min)) * local.seconds[regex("[smhd]$", trigger.retry.min)], 10)
        maximum_backoff   = try(tonumber(regex("^[0-9]+", trigger.retry.max)) * local.seconds[regex("[smhd]$", trigger.retry.max)], 600)
      }
    }
  }

  precondition {
    condition     = alltrue([for step in concat(keys(var.step_overrides), keys(var.http_invokers)) : contains(keys(local.steps), step)])
    error_message = "step_overrides or http_invokers names a step that is not under functions/."
  }

  precondition {
    condition     = alltrue([for trigger in keys(var.worker_instances) : contains(keys(local.pulled_triggers), trigger)])
    error_message = "worker_instances names a trigger that no worker pulls."
  }
}

output "buckets" {
  description = "Names of the buckets by their logical names."
  value       = { for name, bucket in google_storage_bucket.this : name => bucket.name }
}

output "http" {
  description = "URLs of the steps that HTTP requests wake."
  value       = { for step in local.http_steps : step => module.step[step].uri }
}

output "steps" {
  description = "The account that each step runs as."
  value       = { for name, step in module.step : name => step.account }
}
