# What the repository's YAML says, read once. A new step, trigger, topic or bucket is a change there and never here.

locals {
  root = "${path.module}/.."
  dist = coalesce(var.dist, "${path.module}/../dist")

  topics   = yamldecode(file("${local.root}/eventarc/topics.yaml"))
  triggers = yamldecode(file("${local.root}/eventarc/triggers.yaml"))
  definitions = {
    for path in fileset(local.root, "functions/*/function.yaml") :
    split("/", path)[1] => yamldecode(file("${local.root}/${path}"))
  }
  # Terraform reads YAML 1.1, where the key "on" is the word for true.
  steps = {
    for name, step in local.definitions : name => merge(step, {
      roles = concat(
        [for role in step.roles : { role = role.role, on = try(role.on, role["true"]) }],
        # The step that routes events may publish to every topic that takes them.
        [
          for topic, settings in local.topics : { role = "roles/pubsub.publisher", on = "topic:${topic}" }
          if name == "enrich" && try(settings.routed, false)
        ],
      )
    })
  }
  pipelines = [for path in fileset(local.root, "pipelines/*.yaml") : trimsuffix(basename(path), ".yaml")]

  archives        = try(jsondecode(file("${local.dist}/manifest.json")), {})
  pipeline_folder = "${local.dist}/pipelines"
  # Tables and views of pipelines and mirrors: only the build knows what a schema makes of them.
  bigquery = try(jsondecode(file("${local.dist}/bigquery.json")), { tables = {}, views = {}, views_of_views = {} })

  # Triggers by what wakes them. Several at once is refused by the checks of eventarc/.
  pulled_triggers   = { for name, trigger in local.triggers : name => trigger if try(trigger.by, "push") != "push" }
  eventarc_triggers = { for name, trigger in local.triggers : name => trigger if can(trigger.event) && try(trigger.by, "push") == "push" }
  schedule_triggers = { for name, trigger in local.triggers : name => trigger if can(trigger.schedule) }
  task_triggers     = { for name, trigger in local.triggers : name => trigger if can(trigger.queue) }
  http_triggers     = { for name, trigger in local.triggers : name => trigger if can(trigger.http) }
  private_triggers  = merge(local.eventarc_triggers, local.schedule_triggers, local.task_triggers)
  http_steps        = toset([for trigger in values(local.http_triggers) : trigger.step])
  # Steps that something calls; those that workers alone pull for are no functions.
  called_steps = toset([for trigger in values(local.triggers) : trigger.step if try(trigger.by, "push") == "push"])

  # Logical names of the buckets that anything refers to.
  buckets = toset(concat(
    ["uploads", "pipelines"],
    [for trigger in values(local.triggers) : trigger.where.bucket if can(trigger.where.bucket)],
    [
      for role in flatten([for step in values(local.steps) : step.roles]) :
      trimprefix(role.on, "bucket:") if startswith(role.on, "bucket:")
    ],
  ))

  # Datasets of BigQuery that any step may do something with.
  datasets = toset([
    for role in flatten([for step in values(local.steps) : step.roles]) :
    trimprefix(role.on, "dataset:") if startswith(role.on, "dataset:")
  ])

  dead_letter_topic  = "dead-letters"
  firestore_location = coalesce(var.firestore_location, var.region)
  # Triggers on a multi-region's documents live in one region of it.
  firestore_trigger_location = lookup({ nam5 = "us-central1", eur3 = "europe-west4" }, local.firestore_location, local.firestore_location)

  seconds = { s = 1, m = 60, h = 3600, d = 86400 }
}
