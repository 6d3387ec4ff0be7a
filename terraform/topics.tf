module "topic" {
  source   = "./modules/topic"
  for_each = local.topics

  project = var.project
  name    = each.key
  labels  = var.labels
  kms_key = var.kms_key
  # Seconds, from a duration such as 7d.
  retention = try(
    tonumber(regex("^[0-9]+", each.value.retention)) * local.seconds[regex("[smhd]$", each.value.retention)],
    0,
  )

  depends_on = [google_project_service.base, google_kms_crypto_key_iam_member.agent]
}
