# A subscription and the workers that pull from it. They run as their step: what it may do they may, and pull besides.

resource "google_pubsub_subscription" "this" {
  project = var.project
  name    = "millrace-worker-${var.name}"
  topic   = var.topic
  labels  = var.labels

  # Workers extend it while they work: what a killed one had comes again soon.
  ack_deadline_seconds       = 30
  message_retention_duration = "604800s"
  enable_message_ordering    = var.ordered

  # Without a worker for a month it would be gone, with what waits in it.
  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "${var.minimum_backoff}s"
    maximum_backoff = "${var.maximum_backoff}s"
  }

  dynamic "dead_letter_policy" {
    for_each = var.dead_letters ? [var.dead_letter_topic] : []
    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = var.attempts
    }
  }
}

resource "google_pubsub_subscription_iam_member" "worker" {
  project      = var.project
  subscription = google_pubsub_subscription.this.name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${var.account}"
}

# Pub/Sub's agent acknowledges here what it has moved to the dead letters.
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  count = var.dead_letters ? 1 : 0

  project      = var.project
  subscription = google_pubsub_subscription.this.name
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent
}

resource "google_cloud_run_v2_worker_pool" "this" {
  project             = var.project
  location            = var.region
  name                = var.name
  description         = "Pulls for ${var.step}"
  labels              = var.labels
  deletion_protection = false

  # Worker pools do not scale by themselves.
  scaling {
    manual_instance_count = var.instances
  }

  template {
    service_account = var.account
    encryption_key  = var.kms_key

    containers {
      image = coalesce(var.image, "missing")
      args = concat(
        [
          "${var.step}.cjs",
          "--subscription=${google_pubsub_subscription.this.id}",
          "--topic=${var.topic}",
          "--mode=${var.mode}",
          "--concurrency=${var.concurrency}",
          "--timeout=${var.timeout}",
          "--health=8080",
        ],
        var.ordered ? ["--ordered"] : [],
      )

      dynamic "env" {
        for_each = merge(var.environment, {
          GOOGLE_CLOUD_PROJECT  = var.project
          GOOGLE_CLOUD_LOCATION = var.region
        })
        content {
          name  = env.key
          value = env.value
        }
      }

      resources {
        limits = {
          cpu    = var.cpu
          memory = var.memory
        }
      }

      liveness_probe {
        period_seconds    = 10
        failure_threshold = 6

        http_get {
          path = "/healthz"
          port = 8080
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.image != null
      error_message = "The trigger ${var.name} is pulled, and worker_image is not set. docs/deploy.md says how the image is made."
    }
  }

  depends_on = [google_pubsub_subscription_iam_member.worker, google_pubsub_subscription_iam_member.dead_letters]
}
