variable "project" {
  description = "Project id."
  type        = string
}

variable "name" {
  description = "The trigger's name in triggers.yaml."
  type        = string
}

variable "location" {
  description = "Where Eventarc finds the events: the region of the bucket, or the one that belongs to the database's location."
  type        = string
}

variable "event" {
  description = "Type of the CloudEvent."
  type        = string

  validation {
    condition     = can(regex("^google\\.cloud\\.(storage\\.object|pubsub\\.topic|firestore\\.document|audit\\.log)\\.v1\\.[A-Za-z.]+$", var.event))
    error_message = "Expected an event of Cloud Storage, Pub/Sub, Firestore or the audit logs."
  }
}

variable "topic" {
  description = "projects/PROJECT/topics/NAME, for messages; null for all other events."
  type        = string
}

variable "filters" {
  description = "Further attributes to filter by, with the real names of buckets."
  type        = map(string)
}

variable "service" {
  description = "Name of the Cloud Run service to call."
  type        = string
}

variable "service_region" {
  description = "Region of that service."
  type        = string
}

variable "account" {
  description = "E-mail of the account to call it with."
  type        = string
}

variable "labels" {
  description = "Labels."
  type        = map(string)
}
