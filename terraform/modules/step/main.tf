locals {
  account_id = length("step-${var.name}") <= 30 ? "step-${var.name}" : "step-${trim(substr(var.name, 0, 18), "-")}-${substr(sha256(var.name), 0, 6)}"

  memory_mib = tonumber(regex("^[0-9]+", var.memory)) * (endswith(var.memory, "Gi") ? 1024 : 1)
  # Cloud Run wants whole processors for several requests at once, and more of them for more memory.
  cpu = coalesce(var.cpu, local.memory_mib <= 4096 ? "1" : local.memory_mib <= 8192 ? "2" : local.memory_mib <= 16384 ? "4" : local.memory_mib <= 24576 ? "6" : "8")

  project_roles = toset([for role in var.roles : role.role if role.on == "project"])
  self_roles    = toset([for role in var.roles : role.role if role.on == "self"])
  bucket_roles = {
    for role in var.roles : "${role.role} on ${role.on}" => { role = role.role, name = trimprefix(role.on, "bucket:") }
    if startswith(role.on, "bucket:")
  }
  dataset_roles = {
    for role in var.roles : "${role.role} on ${role.on}" => { role = role.role, name = trimprefix(role.on, "dataset:") }
    if startswith(role.on, "dataset:")
  }
  topic_roles = {
    for role in var.roles : "${role.role} on ${role.on}" => { role = role.role, name = trimprefix(role.on, "topic:") }
    if startswith(role.on, "topic:")
  }
}

resource "google_service_account" "this" {
  project      = var.project
  account_id   = local.account_id
  display_name = "Step ${var.name}"
  description  = var.description
}

resource "google_project_iam_member" "this" {
  for_each = local.project_roles

  project = var.project
  role    = each.value
  member  = google_service_account.this.member
}

resource "google_service_account_iam_member" "self" {
  for_each = local.self_roles

  service_account_id = google_service_account.this.name
  role               = each.value
  member             = google_service_account.this.member
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = local.bucket_roles

  bucket = var.buckets[each.value.name]
  role   = each.value.role
  member = google_service_account.this.member
}

resource "google_bigquery_dataset_iam_member" "this" {
  for_each = local.dataset_roles

  project    = var.project
  dataset_id = var.datasets[each.value.name]
  role       = each.value.role
  member     = google_service_account.this.member
}

resource "google_pubsub_topic_iam_member" "this" {
  for_each = local.topic_roles

  project = var.project
  topic   = var.topics[each.value.name]
  role    = each.value.role
  member  = google_service_account.this.member
}

# Named by its content: a changed archive is a new object, which is what makes the function build anew.
resource "google_storage_bucket_object" "source" {
  count = var.called ? 1 : 0

  bucket = var.source_bucket
  name   = "${var.name}/${try(var.archive.sha256, "missing")}.zip"
  source = "${var.source_folder}/${try(var.archive.file, "missing")}"

  lifecycle {
    precondition {
      condition     = var.archive != null
      error_message = "The step ${var.name} is not in the build's manifest. Run npm run build."
    }
    # The function still refers to the old one while it builds the new one.
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "this" {
  count = var.called ? 1 : 0

  project      = var.project
  location     = var.region
  name         = var.name
  description  = var.description
  labels       = var.labels
  kms_key_name = var.kms_key

  build_config {
    runtime           = var.runtime
    entry_point       = var.name
    service_account   = var.build_account
    docker_repository = var.repository

    source {
      storage_source {
        bucket = google_storage_bucket_object.source[0].bucket
        object = google_storage_bucket_object.source[0].name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.this.email
    ingress_settings                 = var.open_to_internet ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    available_memory                 = var.memory
    available_cpu                    = local.cpu
    timeout_seconds                  = var.timeout
    max_instance_request_concurrency = var.concurrency
    min_instance_count               = var.min_instances
    max_instance_count               = var.max_instances
    all_traffic_on_latest_revision   = true

    # The platform sets neither project nor region for Node; the steps know them by this alone.
    environment_variables = merge(var.environment, {
      GOOGLE_CLOUD_PROJECT  = var.project
      GOOGLE_CLOUD_LOCATION = var.region
    })
  }

  lifecycle {
    precondition {
      condition     = var.min_instances <= var.max_instances
      error_message = "The step ${var.name} has more instances at least than at most."
    }
  }

  depends_on = [
    google_project_iam_member.this,
    google_service_account_iam_member.self,
    google_storage_bucket_iam_member.this,
    google_bigquery_dataset_iam_member.this,
    google_pubsub_topic_iam_member.this,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "trigger" {
  for_each = var.trigger_accounts

  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.this[0].service_config[0].service
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle {
    # A new service under the old name begins without the grants of the old one.
    replace_triggered_by = [google_cloudfunctions2_function.this[0].id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "outside" {
  for_each = var.outside_invokers

  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.this[0].service_config[0].service
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this[0].id]
  }
}
