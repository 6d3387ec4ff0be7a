variable "project" {
  description = "Project id."
  type        = string
}

variable "region" {
  description = "Region."
  type        = string
}

variable "name" {
  description = "The step's name: its folder, its function, its Cloud Run service."
  type        = string
}

variable "description" {
  description = "What the step does."
  type        = string
}

variable "runtime" {
  description = "Runtime of the function."
  type        = string
}

variable "labels" {
  description = "Labels."
  type        = map(string)
}

variable "kms_key" {
  description = "Key that encrypts the function; Google's own where null."
  type        = string
}

variable "repository" {
  description = "Artifact Registry repository for the image."
  type        = string
}

variable "build_account" {
  description = "Service account that builds run as: projects/PROJECT/serviceAccounts/EMAIL."
  type        = string
}

variable "source_bucket" {
  description = "Bucket for the archive."
  type        = string
}

variable "source_folder" {
  description = "Folder that the build has written."
  type        = string
}

variable "archive" {
  description = "The step's entry in the build's manifest; null where it has none."
  type = object({
    file   = string
    sha256 = string
  })
}

variable "memory" {
  description = "Such as 512Mi or 2Gi."
  type        = string
}

variable "cpu" {
  description = "Processors; by the memory where null."
  type        = string
}

variable "timeout" {
  description = "Seconds."
  type        = number

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 3600
    error_message = "Expected a timeout from 1s to 1h."
  }
}

variable "concurrency" {
  description = "Requests at once in one instance."
  type        = number

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "Expected 1 to 1000 requests at once."
  }
}

variable "min_instances" {
  description = "Instances that stay."
  type        = number
}

variable "max_instances" {
  description = "Instances at most."
  type        = number
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "called" {
  description = "Whether anything calls the step, so that it is a function; workers alone may pull for it."
  type        = bool
}

variable "open_to_internet" {
  description = "Whether requests from outside reach the step; only for steps that HTTP requests wake."
  type        = bool
}

variable "roles" {
  description = "What the step's account may do: roles on project, self, bucket:NAME, dataset:NAME or topic:NAME."
  type = list(object({
    role = string
    on   = string
  }))

  validation {
    condition     = alltrue([for role in var.roles : can(regex("^(project|self|bucket:.+|dataset:.+|topic:.+)$", role.on))])
    error_message = "Expected roles on project, self, bucket:NAME, dataset:NAME or topic:NAME."
  }

  validation {
    condition     = alltrue([for role in var.roles : !contains(["roles/owner", "roles/editor", "roles/viewer"], role.role)])
    error_message = "Expected roles that grant one thing; owner, editor and viewer grant too much."
  }
}

variable "buckets" {
  description = "Bucket names by logical name."
  type        = map(string)
}

variable "datasets" {
  description = "BigQuery datasets by name."
  type        = map(string)
}

variable "topics" {
  description = "Topic names by logical name."
  type        = map(string)
}

variable "trigger_accounts" {
  description = "IAM members of the accounts that its triggers call it with, by trigger."
  type        = map(string)
}

variable "outside_invokers" {
  description = "IAM members who may call it besides."
  type        = set(string)
}
