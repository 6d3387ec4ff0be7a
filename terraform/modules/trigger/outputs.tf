output "subscription" {
  description = "The subscription that Eventarc has made underneath, and the topic it reads."
  value = {
    name  = google_eventarc_trigger.this.transport[0].pubsub[0].subscription
    topic = google_eventarc_trigger.this.transport[0].pubsub[0].topic
  }
}
