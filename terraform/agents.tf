# Google's own accounts ("service agents") in this project, and what they must be allowed. An agent comes into being some
# time after its service is enabled: docs/deploy.md says how to have them all before the first apply.

data "google_project" "this" {
  project_id = var.project

  depends_on = [google_project_service.base]
}

# Reading it creates the agent.
data "google_storage_project_service_account" "this" {
  project = var.project

  depends_on = [google_project_service.base]
}

locals {
  agent_of = {
    for name, domain in {
      artifacts = "gcp-sa-artifactregistry"
      eventarc  = "gcp-sa-eventarc"
      firestore = "gcp-sa-firestore"
      functions = "gcf-admin-robot"
      pubsub    = "gcp-sa-pubsub"
      run       = "serverless-robot-prod"
    } : name => "serviceAccount:service-${data.google_project.this.number}@${domain}.iam.gserviceaccount.com"
  }
  storage_agent  = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
  bigquery_agent = "serviceAccount:bq-${data.google_project.this.number}@bigquery-encryption.iam.gserviceaccount.com"
}

# Events of Storage travel through a topic that Storage's agent publishes to.
resource "google_project_iam_member" "storage_publishes" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = local.storage_agent

  depends_on = [google_project_service.this]
}

# Enabling Eventarc grants this as well, only later: without it the first triggers are refused.
resource "google_project_iam_member" "eventarc_agent" {
  project = var.project
  role    = "roles/eventarc.serviceAgent"
  member  = local.agent_of.eventarc

  depends_on = [google_project_service.this]
}

# Pub/Sub itself moves a message that spent its attempts.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project
  topic   = module.topic[local.dead_letter_topic].name
  role    = "roles/pubsub.publisher"
  member  = local.agent_of.pubsub
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = var.kms_key == null ? {} : merge(
    local.agent_of,
    { storage = local.storage_agent },
    length(local.datasets) > 0 ? { bigquery = local.bigquery_agent } : {},
  )

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value

  depends_on = [google_project_service.this]
}
