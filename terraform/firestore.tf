locals {
  firestore = yamldecode(file("${path.module}/firestore.yaml"))
}

resource "google_firestore_database" "this" {
  project     = var.project
  name        = "(default)"
  location_id = local.firestore_location
  type        = "FIRESTORE_NATIVE"

  delete_protection_state = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy         = var.deletion_protection ? "ABANDON" : "DELETE"

  dynamic "cmek_config" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.agent]
}

resource "google_firestore_index" "this" {
  for_each = { for index in local.firestore.indexes : "${index.collection} by ${join(", ", index.fields)}" => index }

  project    = var.project
  database   = google_firestore_database.this.name
  collection = each.value.collection

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = trimsuffix(fields.value, " desc")
      order      = endswith(fields.value, " desc") ? "DESCENDING" : "ASCENDING"
    }
  }
}

resource "google_firestore_field" "ttl" {
  for_each = { for field in local.firestore.ttl : "${field.collection}.${field.field}" => field }

  project    = var.project
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field

  ttl_config {}
  # Empty: no index at all.
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = { for field in local.firestore.unindexed : "${field.collection}.${field.field}" => field }

  project    = var.project
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}
