resource "google_storage_bucket" "this" {
  for_each = local.buckets

  project  = var.project
  name     = "${var.project}-${each.value}"
  location = var.region
  labels   = var.labels

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  # What a page sends to open and continue the upload that upload-url has signed, and what it reads of the answers; the
  # local suite has the same in emulators/origins.ts.
  dynamic "cors" {
    for_each = each.value == "uploads" && length(var.origins) > 0 ? [var.origins] : []
    content {
      origin = cors.value
      method = ["POST", "PUT"]
      response_header = [
        "content-range",
        "content-type",
        "location",
        "range",
        "x-goog-content-length-range",
        "x-goog-generation",
        "x-goog-if-generation-match",
        "x-goog-meta-pipeline",
        "x-goog-meta-uploader",
        "x-goog-resumable",
      ]
      max_age_seconds = 3600
    }
  }

  depends_on = [google_project_service.base, google_kms_crypto_key_iam_member.agent]
}

# Holds nothing that a build cannot make again.
resource "google_storage_bucket" "sources" {
  project  = var.project
  name     = "${var.project}-millrace-sources"
  location = var.region
  labels   = var.labels

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.base, google_kms_crypto_key_iam_member.agent]
}

locals {
  compiled_pipelines = toset(concat(
    tolist(fileset(local.pipeline_folder, "compiled/**/*.json")),
    tolist(fileset(local.pipeline_folder, "reference/*.csv")),
  ))
}

# Compiled pipelines and reference data are named by their hash. They stay in the bucket when the next build no longer
# has them: batches on their way finish under the version they bear.
resource "google_storage_bucket_object" "compiled" {
  for_each = local.compiled_pipelines

  bucket          = google_storage_bucket.this["pipelines"].name
  name            = each.value
  source          = "${local.pipeline_folder}/${each.value}"
  deletion_policy = "ABANDON"
}

# The pointers come last: whoever sees one must find what it points at. Its tables and views too: a step that sees it first would
# make them, and Terraform then finds them in its way.
resource "google_storage_bucket_object" "current" {
  for_each = toset(local.pipelines)

  bucket        = google_storage_bucket.this["pipelines"].name
  name          = "current/${each.value}.json"
  content       = try(file("${local.pipeline_folder}/current/${each.value}.json"), "")
  content_type  = "application/json"
  cache_control = "no-store"

  lifecycle {
    precondition {
      condition     = fileexists("${local.pipeline_folder}/current/${each.value}.json")
      error_message = "The pipeline ${each.value} is not built. Run npm run build."
    }
  }

  depends_on = [
    google_storage_bucket_object.compiled,
    google_bigquery_table.this,
    google_bigquery_table.view,
    google_bigquery_table.view_of_views,
  ]
}

# Read by the step `mirror` as it runs: a changed mirror needs no new archive.
resource "google_storage_bucket_object" "mirrors" {
  bucket        = google_storage_bucket.this["pipelines"].name
  name          = "mirrors.json"
  content       = try(file("${local.pipeline_folder}/mirrors.json"), "")
  content_type  = "application/json"
  cache_control = "no-store"

  lifecycle {
    precondition {
      condition     = fileexists("${local.pipeline_folder}/mirrors.json")
      error_message = "The mirrors are not built. Run npm run build."
    }
    # An older build has none: every view would go.
    precondition {
      condition     = fileexists("${local.dist}/bigquery.json")
      error_message = "The tables and views are not built. Run npm run build."
    }
  }

  depends_on = [
    google_bigquery_table.this,
    google_bigquery_table.view,
    google_bigquery_table.view_of_views,
  ]
}
