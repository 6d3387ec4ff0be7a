# What browsers may do with the documents: firestore.rules. Buckets need none: without rules for them nobody gets in but by IAM,
# or by a URL that somebody who may has signed.
resource "google_firebaserules_ruleset" "firestore" {
  project = var.project

  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  lifecycle {
    # One that is released cannot be deleted.
    create_before_destroy = true
  }

  depends_on = [google_project_service.this]
}

# The provider releases new rules by deleting the old release first (#25823): for that moment every client is denied.
resource "google_firebaserules_release" "firestore" {
  project      = var.project
  name         = "cloud.firestore"
  ruleset_name = "projects/${var.project}/rulesets/${google_firebaserules_ruleset.firestore.name}"

  depends_on = [google_firestore_database.this]
}
