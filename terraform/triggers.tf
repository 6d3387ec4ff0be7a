# What wakes the steps: one account per trigger, allowed to call that step's service and nothing else.

resource "google_service_account" "trigger" {
  for_each = local.private_triggers

  project      = var.project
  account_id   = length("trigger-${each.key}") <= 30 ? "trigger-${each.key}" : "trigger-${trim(substr(each.key, 0, 15), "-")}-${substr(sha256(each.key), 0, 6)}"
  display_name = "Trigger ${each.key}"

  depends_on = [google_project_service.base]
}

# Eventarc knows this role on projects only; it allows receiving events, not reading anything.
resource "google_project_iam_member" "event_receiver" {
  for_each = local.eventarc_triggers

  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.trigger[each.key].member

  depends_on = [google_project_service.this]
}

module "trigger" {
  source   = "./modules/trigger"
  for_each = local.eventarc_triggers

  project        = var.project
  name           = each.key
  location       = startswith(each.value.event, "google.cloud.firestore.") ? local.firestore_trigger_location : var.region
  event          = each.value.event
  topic          = try(module.topic[each.value.topic].id, null)
  filters        = merge(try(each.value.where, {}), can(each.value.where.bucket) ? { bucket = google_storage_bucket.this[each.value.where.bucket].name } : {})
  service        = module.step[each.value.step].service
  service_region = var.region
  account        = google_service_account.trigger[each.key].email
  labels         = var.labels

  depends_on = [
    google_project_iam_member.event_receiver,
    google_project_iam_member.eventarc_agent,
    google_project_iam_member.storage_publishes,
    google_firestore_database.this,
  ]
}

# A failed run is not repeated: the next one makes up for it.
# Cloud Scheduler sends plain HTTP: static headers make it an event in binary mode, as the functions framework takes it.
# All runs bear the same ce-id, and none a ce-time, since Scheduler fills nothing in: a step that a schedule wakes takes
# the time from its clock and must not tell runs apart by id.
resource "google_cloud_scheduler_job" "this" {
  for_each = local.schedule_triggers

  project          = var.project
  region           = var.region
  name             = each.key
  description      = "Wakes ${each.value.step}"
  schedule         = each.value.schedule
  time_zone        = try(each.value.timeZone, "Etc/UTC")
  attempt_deadline = "${max(15, tonumber(regex("^[0-9]+", local.steps[each.value.step].timeout)) * local.seconds[regex("[smhd]$", local.steps[each.value.step].timeout)])}s"

  http_target {
    uri         = module.step[each.value.step].uri
    http_method = "POST"
    headers = {
      "Content-Type"   = "application/json"
      "ce-id"          = each.key
      "ce-source"      = "//cloudscheduler.googleapis.com/projects/${var.project}/locations/${var.region}/jobs/${each.key}"
      "ce-specversion" = "1.0"
      "ce-type"        = "google.cloud.scheduler.job.v1.executed"
    }
    body = base64encode("{}")

    oidc_token {
      service_account_email = google_service_account.trigger[each.key].email
      audience              = module.step[each.value.step].uri
    }
  }

  depends_on = [google_project_service.this]
}

# The queue says where its tasks go; whoever adds one gives it the CloudEvents headers.
resource "google_cloud_tasks_queue" "this" {
  for_each = local.task_triggers

  project  = var.project
  location = var.region
  name     = each.value.queue

  http_target {
    http_method = "POST"

    uri_override {
      scheme                    = "HTTPS"
      host                      = trimprefix(module.step[each.value.step].uri, "https://")
      uri_override_enforce_mode = "ALWAYS"
    }

    oidc_token {
      service_account_email = google_service_account.trigger[each.key].email
      audience              = module.step[each.value.step].uri
    }
  }

  # Cloud Tasks has no dead letters: a task that is given up is gone.
  retry_config {
    max_attempts = -1
    min_backoff  = "10s"
    max_backoff  = "600s"
  }

  depends_on = [google_project_service.this]
}
