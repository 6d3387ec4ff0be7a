# Tables and views are made by the steps that write them: they follow the schemas of pipelines and mirrors, and one that somebody
# has deleted comes back.
resource "google_bigquery_dataset" "this" {
  for_each = local.datasets

  project     = var.project
  dataset_id  = each.value
  description = "Written by Millrace"
  location    = coalesce(var.bigquery_location, var.region)
  labels      = var.labels

  # What is in it is no more to be made again than the database.
  delete_contents_on_destroy = !var.deletion_protection

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.agent]
}
