output "name" {
  description = "The topic's name."
  value       = google_pubsub_topic.this.name
}

output "id" {
  description = "projects/PROJECT/topics/NAME"
  value       = google_pubsub_topic.this.id
}
