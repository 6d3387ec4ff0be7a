variable "project" {
  description = "Id of the project that Millrace lives in; buckets are named PROJECT-uploads and so on."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Expected a project id of 6 to 30 lower-case letters, digits and hyphens, not its number or its display name."
  }
}

variable "region" {
  description = "Region of the functions, buckets, triggers and jobs."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Expected a region such as us-central1 or europe-west4, not a zone or a multi-region."
  }
}

variable "firestore_location" {
  description = "Location of the Firestore database; the region unless told. It can never be changed."
  type        = string
  default     = null

  validation {
    condition     = var.firestore_location == null ? true : can(regex("^(nam5|eur3|[a-z]+-[a-z]+[0-9]+)$", var.firestore_location))
    error_message = "Expected nam5, eur3 or a region such as europe-west4."
  }
}

variable "bigquery_location" {
  description = "Location of the BigQuery datasets; the region unless told. It can never be changed."
  type        = string
  default     = null

  validation {
    condition     = var.bigquery_location == null ? true : can(regex("^(US|EU|[a-z]+-[a-z]+[0-9]+)$", var.bigquery_location))
    error_message = "Expected US, EU or a region such as europe-west4."
  }
}

variable "kms_key" {
  description = "Cloud KMS key in the same region that encrypts buckets, topics, images and the database: projects/…/cryptoKeys/…"
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Expected projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY without a version."
  }
}

variable "labels" {
  description = "Labels on everything that takes them."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "Expected lower-case letters, digits, hyphens and underscores, at most 63 in a key and in a value."
  }
}

variable "runtime" {
  description = "Runtime of the functions; npm run build bundles for Node 24."
  type        = string
  default     = "nodejs24"

  validation {
    condition     = can(regex("^nodejs(2[4-9]|[3-9][0-9])$", var.runtime))
    error_message = "Expected nodejs24 or newer."
  }
}

variable "step_overrides" {
  description = "What a step needs here beyond its function.yaml, by the step's name."
  type = map(object({
    memory        = optional(string)
    cpu           = optional(string)
    min_instances = optional(number)
    max_instances = optional(number)
    environment   = optional(map(string), {})
  }))
  default = {}

  validation {
    condition     = alltrue([for override in values(var.step_overrides) : override.memory == null ? true : can(regex("^[1-9][0-9]{0,4}(Mi|Gi)$", override.memory))])
    error_message = "Expected a memory such as 512Mi or 2Gi."
  }

  validation {
    condition     = alltrue([for override in values(var.step_overrides) : override.max_instances == null ? true : override.max_instances >= 1])
    error_message = "Expected at least one instance as max_instances."
  }

  validation {
    condition     = alltrue([for name in flatten([for override in values(var.step_overrides) : keys(override.environment)]) : !endswith(name, "_EMULATOR_HOST")])
    error_message = "Variables that end with _EMULATOR_HOST are the local suite's: a deployed step would believe tokens that nobody has signed."
  }
}

variable "worker_image" {
  description = "Image of the workers, where a trigger is pulled: made of dist/worker, named by its digest."
  type        = string
  default     = null

  validation {
    condition     = var.worker_image == null ? true : can(regex("^[a-z0-9.-]+/.+@sha256:[0-9a-f]{64}$", var.worker_image))
    error_message = "Expected REGISTRY/NAME@sha256:DIGEST: a tag may name another image tomorrow."
  }
}

variable "worker_instances" {
  description = "Workers of a trigger that is pulled, by the trigger's name; the step's least number of instances unless told, and at least one."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for instances in values(var.worker_instances) : instances >= 0])
    error_message = "Expected a number of workers; 0 pauses them."
  }
}

variable "http_invokers" {
  description = "Who may call a step that HTTP requests wake, by the step's name: IAM members; allUsers makes it public."
  type        = map(set(string))
  default     = {}

  validation {
    condition     = alltrue([for member in flatten([for members in values(var.http_invokers) : tolist(members)]) : can(regex("^(allUsers|allAuthenticatedUsers|(user|group|serviceAccount|domain|principal|principalSet):.+)$", member))])
    error_message = "Expected IAM members such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com, or allUsers."
  }
}

variable "origins" {
  description = "Whose pages may call the steps that HTTP requests wake, and upload by the URLs that upload-url signs."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "Expected origins such as https://console.example, without a path."
  }
}

variable "deletion_protection" {
  description = "Keeps the database, tables and buckets that hold anything from being destroyed; false before a tear-down."
  type        = bool
  default     = true
}

variable "dist" {
  description = "Folder that npm run build has written; dist beside this folder unless told."
  type        = string
  default     = null
}
