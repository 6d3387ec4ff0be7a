resource "google_pubsub_topic" "this" {
  project      = var.project
  name         = var.name
  labels       = var.labels
  kms_key_name = var.kms_key

  message_retention_duration = var.retention == 0 ? null : "${var.retention}s"
}
