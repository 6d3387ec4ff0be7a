output "service" {
  description = "Name of the Cloud Run service under the function. Who has it has the right to call it."
  value       = basename(google_cloudfunctions2_function.this.service_config[0].service)
  depends_on  = [google_cloud_run_v2_service_iam_member.trigger]
}

output "uri" {
  description = "URL of the Cloud Run service: with the function's own URL internal callers would be refused."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
  depends_on  = [google_cloud_run_v2_service_iam_member.trigger]
}

output "account" {
  description = "E-mail of the step's service account."
  value       = google_service_account.this.email
}
