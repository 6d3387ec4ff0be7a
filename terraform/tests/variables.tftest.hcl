# Against the schema without a cloud: npm run check:terraform. TF_VAR_dist names a folder that stands for the build's.

variables {
  project = "demo-millrace"
  region  = "europe-west4"
}

run "a_project_number_is_refused" {
  command = plan

  variables {
    project = "123456789012"
  }

  expect_failures = [var.project]
}

run "a_zone_is_refused_as_region" {
  command = plan

  variables {
    region = "europe-west4-a"
  }

  expect_failures = [var.region]
}

run "a_multi_region_of_storage_is_refused_for_the_database" {
  command = plan

  variables {
    firestore_location = "eu"
  }

  expect_failures = [var.firestore_location]
}

run "a_key_version_is_refused" {
  command = plan

  variables {
    kms_key = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"
  }

  expect_failures = [var.kms_key]
}

run "an_override_for_a_step_that_is_not_there_is_refused" {
  command = plan

  variables {
    step_overrides = { ingestt = { memory = "1Gi" } }
  }

  expect_failures = [output.delivery]
}

run "an_invoker_that_is_no_member_is_refused" {
  command = plan

  variables {
    http_invokers = { tick = ["somebody@example.com"] }
  }

  expect_failures = [var.http_invokers]
}

run "a_folder_without_a_build_is_refused" {
  command = plan

  variables {
    dist = "/nonexistent"
  }

  expect_failures = [google_storage_bucket_object.current, google_storage_bucket_object.mirrors]
}

run "the_address_of_an_emulator_is_refused" {
  command = plan

  variables {
    step_overrides = { publish = { environment = { FIREBASE_AUTH_EMULATOR_HOST = "127.0.0.1:8707" } } }
  }

  expect_failures = [var.step_overrides]
}

run "an_origin_with_a_path_is_refused" {
  command = plan

  variables {
    origins = ["https://console.example/"]
  }

  expect_failures = [var.origins]
}

run "pages_of_an_origin_may_call_and_upload" {
  command = plan

  variables {
    origins = ["https://console.example"]
  }

  assert {
    condition     = google_storage_bucket.this["uploads"].cors[0].origin == tolist(["https://console.example"])
    error_message = "Expected the bucket for uploads to name the origin."
  }

  assert {
    condition     = length(google_storage_bucket.this["rejects"].cors) == 0
    error_message = "Expected the other buckets to be closed to pages."
  }
}
