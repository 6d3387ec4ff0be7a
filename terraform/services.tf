# The provider itself needs serviceusage, cloudresourcemanager and iam: docs/deploy.md has them enabled by hand.

locals {
  # Others build on these.
  base_services = toset([
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "pubsub.googleapis.com",
    "storage.googleapis.com",
  ])
  services = toset(concat(
    [
      "cloudfunctions.googleapis.com",
      "eventarc.googleapis.com",
      "firebaserules.googleapis.com",
      "firestore.googleapis.com",
      "iamcredentials.googleapis.com",
      "identitytoolkit.googleapis.com",
      "run.googleapis.com",
    ],
    length(local.schedule_triggers) > 0 ? ["cloudscheduler.googleapis.com"] : [],
    length(local.task_triggers) > 0 ? ["cloudtasks.googleapis.com"] : [],
    length(local.datasets) > 0 ? ["bigquery.googleapis.com", "bigquerystorage.googleapis.com"] : [],
    var.kms_key == null ? [] : ["cloudkms.googleapis.com"],
  ))
}

resource "google_project_service" "base" {
  for_each = local.base_services

  project = var.project
  service = each.value
  # Others in the project may use it.
  disable_on_destroy = false
}

resource "google_project_service" "this" {
  for_each = local.services

  project            = var.project
  service            = each.value
  disable_on_destroy = false

  depends_on = [google_project_service.base]
}
