# Against the schema without a cloud: npm run check:terraform.

variables {
  project = "demo-millrace"
  region  = "us-central1"
}

run "the_database_lies_in_the_region_unless_told" {
  command = plan

  assert {
    condition     = google_firestore_database.this.location_id == "us-central1"
    error_message = "The database lies in ${google_firestore_database.this.location_id}."
  }

  assert {
    condition     = google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED"
    error_message = "The database is not protected."
  }
}

run "a_key_encrypts_whatever_takes_one" {
  variables {
    kms_key = "projects/demo-millrace/locations/us-central1/keyRings/ring/cryptoKeys/key"
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.encryption[0].default_kms_key_name == var.kms_key])
    error_message = "A bucket is not encrypted with the key."
  }

  assert {
    condition     = google_firestore_database.this.cmek_config[0].kms_key_name == var.kms_key
    error_message = "The database is not encrypted with the key."
  }

  assert {
    condition     = alltrue([for dataset in google_bigquery_dataset.this : dataset.default_encryption_configuration[0].kms_key_name == var.kms_key])
    error_message = "A dataset is not encrypted with the key."
  }

  assert {
    condition     = length(google_kms_crypto_key_iam_member.agent) == 8
    error_message = "Not every agent may use the key."
  }

  assert {
    condition     = contains(keys(google_project_service.this), "cloudkms.googleapis.com")
    error_message = "The service Cloud KMS is not enabled."
  }
}

run "a_tear_down_may_take_the_tables" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = length(google_bigquery_table.this) > 0 && alltrue([for table in google_bigquery_table.this : !table.deletion_protection])
    error_message = "A table is protected."
  }
}

run "the_delivery_names_a_subscription_for_every_trigger" {
  assert {
    condition     = alltrue([for trigger in values(output.delivery.subscriptions) : startswith(trigger.subscription, "projects/demo-millrace/subscriptions/")])
    error_message = "A trigger has no subscription."
  }

  assert {
    condition     = length([for trigger in values(output.delivery.subscriptions) : trigger if trigger.dead_letter_topic == null]) == 1
    error_message = "Only the trigger that reads the dead letters has no dead letter."
  }
}
