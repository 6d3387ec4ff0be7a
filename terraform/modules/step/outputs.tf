output "service" {
  description = "Name of the Cloud Run service under the function. Who has it has the right to call it."
  value       = try(basename(google_cloudfunctions2_function.this[0].service_config[0].service), null)
  depends_on  = [google_cloud_run_v2_service_iam_member.trigger]
}

output "uri" {
  description = "URL of the Cloud Run service: with the function's own URL internal callers would be refused."
  value       = try(google_cloudfunctions2_function.this[0].service_config[0].uri, null)
  depends_on  = [google_cloud_run_v2_service_iam_member.trigger]
}

output "account" {
  description = "E-mail of the step's service account. Who has it has an account with the step's roles."
  value       = google_service_account.this.email
  depends_on = [
    google_project_iam_member.this,
    google_service_account_iam_member.self,
    google_storage_bucket_iam_member.this,
    google_pubsub_topic_iam_member.this,
  ]
}

output "cpu" {
  description = "Processors of an instance."
  value       = local.cpu
}

output "memory" {
  description = "Memory of a container that is no function: Cloud Run gives worker pools 512 MiB at least."
  value       = local.memory_mib < 512 ? "512Mi" : var.memory
}
