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

# Tables and views are made here before the first row comes, by the description that the steps have too. A step makes what is
# missing nevertheless: what somebody has deleted comes back.
resource "google_bigquery_table" "this" {
  for_each = local.bigquery.tables

  project     = var.project
  dataset_id  = google_bigquery_dataset.this[each.value.dataset].dataset_id
  table_id    = each.value.table
  description = each.value.description
  labels      = var.labels
  schema      = jsonencode(each.value.columns)
  clustering  = try(each.value.clustering, null)

  dynamic "time_partitioning" {
    for_each = can(each.value.partitioning) ? [each.value.partitioning] : []
    content {
      type  = time_partitioning.value.type
      field = time_partitioning.value.field
    }
  }

  # Not enforced by BigQuery: it is what rows are upserted by.
  dynamic "table_constraints" {
    for_each = can(each.value.primaryKey) ? [each.value.primaryKey] : []
    content {
      primary_key {
        columns = table_constraints.value
      }
    }
  }

  deletion_protection = var.deletion_protection

  lifecycle {
    # Columns are the step's from now on: it adds those of every version that events bear. A build with fewer of them (one that is
    # rolled back to) would have the provider drop the others with all that is in them, and one with another type the table.
    # The key is that of the dataset when the table was made.
    ignore_changes = [schema, encryption_configuration]
  }
}

resource "google_bigquery_table" "view" {
  for_each = local.bigquery.views

  project     = var.project
  dataset_id  = google_bigquery_dataset.this[each.value.dataset].dataset_id
  table_id    = each.value.view
  description = each.value.description
  labels      = var.labels

  view {
    query          = join(var.project, each.value.query)
    use_legacy_sql = false
  }

  # It holds nothing.
  deletion_protection = false

  depends_on = [google_bigquery_table.this]
}

# Dashboards and such: BigQuery makes no view before what it reads.
resource "google_bigquery_table" "view_of_views" {
  for_each = local.bigquery.views_of_views

  project     = var.project
  dataset_id  = google_bigquery_dataset.this[each.value.dataset].dataset_id
  table_id    = each.value.view
  description = each.value.description
  labels      = var.labels

  view {
    query          = join(var.project, each.value.query)
    use_legacy_sql = false
  }

  deletion_protection = false

  depends_on = [google_bigquery_table.view]
}
