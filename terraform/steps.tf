# Images of the functions; a repository of our own can be encrypted and torn down.
resource "google_artifact_registry_repository" "functions" {
  project       = var.project
  location      = var.region
  repository_id = "millrace"
  description   = "Images that Cloud Build makes of the steps"
  format        = "DOCKER"
  labels        = var.labels
  kms_key_name  = var.kms_key

  depends_on = [google_project_service.base, google_kms_crypto_key_iam_member.agent]
}

# Builds run as an account of their own: the project's default account may do too much, or in new organisations nothing.
resource "google_service_account" "build" {
  project      = var.project
  account_id   = "millrace-build"
  display_name = "Builds the steps' images"

  depends_on = [google_project_service.base]
}

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

# The bucket belongs to Cloud Functions and does not exist before the first build.
resource "google_project_iam_member" "build_reads_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title      = "Sources of functions only"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-\")"
  }
}

resource "google_artifact_registry_repository_iam_member" "build_pushes" {
  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

module "step" {
  source   = "./modules/step"
  for_each = local.steps

  project          = var.project
  region           = var.region
  name             = each.key
  description      = each.value.description
  runtime          = var.runtime
  labels           = var.labels
  kms_key          = var.kms_key
  repository       = google_artifact_registry_repository.functions.id
  build_account    = google_service_account.build.name
  source_bucket    = google_storage_bucket.sources.name
  source_folder    = local.dist
  archive          = try(local.archives[each.key], null)
  memory           = coalesce(try(var.step_overrides[each.key].memory, null), each.value.memory)
  cpu              = try(var.step_overrides[each.key].cpu, null)
  timeout          = tonumber(regex("^[0-9]+", each.value.timeout)) * local.seconds[regex("[smhd]$", each.value.timeout)]
  concurrency      = each.value.concurrency
  min_instances    = coalesce(try(var.step_overrides[each.key].min_instances, null), try(each.value.instances.min, 0))
  max_instances    = coalesce(try(var.step_overrides[each.key].max_instances, null), each.value.instances.max)
  environment      = merge(try(each.value.environment, {}), contains(local.http_steps, each.key) && length(var.origins) > 0 ? { MILLRACE_ORIGINS = join(",", var.origins) } : {}, try(var.step_overrides[each.key].environment, {}))
  called           = contains(local.called_steps, each.key)
  open_to_internet = contains(local.http_steps, each.key)
  roles            = each.value.roles
  datasets         = { for name, dataset in google_bigquery_dataset.this : name => dataset.dataset_id }
  buckets          = { for name, bucket in google_storage_bucket.this : name => bucket.name }
  topics           = { for name, topic in module.topic : name => topic.name }
  trigger_accounts = { for name, trigger in local.private_triggers : name => google_service_account.trigger[name].member if trigger.step == each.key }
  outside_invokers = contains(local.http_steps, each.key) ? try(var.http_invokers[each.key], toset([])) : toset([])

  depends_on = [
    google_project_service.this,
    google_kms_crypto_key_iam_member.agent,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_reads_sources,
    google_artifact_registry_repository_iam_member.build_pushes,
    google_storage_bucket_object.current,
    google_storage_bucket_object.mirrors,
    google_firestore_database.this,
  ]
}
