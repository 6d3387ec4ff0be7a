# Eventarc makes a subscription for each trigger, with an ack deadline of 10 s and no dead letter: a step that takes longer
# is called again meanwhile, and after 24 hours of failures an event is gone. The provider cannot set this on a trigger, and
# the names exist only after the first root's apply. So this root takes the subscriptions over and sets just these.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.45, < 9"
    }
  }
}

variable "outputs" {
  description = "File with the outputs of the first root: terraform -chdir=terraform output -json > dist/outputs.json"
  type        = string
  default     = null
}

locals {
  delivery      = jsondecode(file(coalesce(var.outputs, "${path.module}/../../dist/outputs.json"))).delivery.value
  subscriptions = local.delivery.subscriptions
}

provider "google" {
  project = local.delivery.project
  region  = local.delivery.region
}

import {
  for_each = local.subscriptions

  to = google_pubsub_subscription.trigger[each.key]
  id = each.value.subscription
}

resource "google_pubsub_subscription" "trigger" {
  for_each = local.subscriptions

  project              = local.delivery.project
  name                 = basename(each.value.subscription)
  topic                = each.value.topic
  ack_deadline_seconds = 600

  retry_policy {
    minimum_backoff = "${each.value.minimum_backoff}s"
    maximum_backoff = "${each.value.maximum_backoff}s"
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.dead_letter_topic == null ? [] : [each.value.dead_letter_topic]
    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = each.value.attempts
    }
  }

  lifecycle {
    # They are Eventarc's: where it pushes to and as whom, how long it keeps. They go when their trigger goes.
    ignore_changes  = [topic, push_config, labels, message_retention_duration, retain_acked_messages, expiration_policy, filter]
    prevent_destroy = true
  }
}

# Pub/Sub's agent acknowledges here what it has moved to the dead letters.
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = { for name, subscription in local.subscriptions : name => subscription if subscription.dead_letter_topic != null }

  project      = local.delivery.project
  subscription = google_pubsub_subscription.trigger[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.delivery.pubsub
}
