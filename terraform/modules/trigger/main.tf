locals {
  firestore = startswith(var.event, "google.cloud.firestore.")
  filters   = merge({ type = var.event }, local.firestore ? { database = "(default)" } : {}, var.filters)
}

resource "google_eventarc_trigger" "this" {
  project         = var.project
  location        = var.location
  name            = var.name
  labels          = var.labels
  service_account = var.account

  event_data_content_type = local.firestore ? "application/protobuf" : "application/json"

  dynamic "matching_criteria" {
    for_each = local.filters
    content {
      attribute = matching_criteria.key
      value     = matching_criteria.value
      # Without the operator a pattern is taken by the letter, and the trigger never fires.
      operator = contains(["document", "resourceName"], matching_criteria.key) && can(regex("[{*]", matching_criteria.value)) ? "match-path-pattern" : null
    }
  }

  destination {
    cloud_run_service {
      service = var.service
      region  = var.service_region
    }
  }

  dynamic "transport" {
    for_each = var.topic == null ? [] : [var.topic]
    content {
      pubsub {
        topic = transport.value
      }
    }
  }
}
