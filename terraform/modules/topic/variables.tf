variable "project" {
  description = "Project id."
  type        = string
}

variable "name" {
  description = "The topic's logical name, which is its name."
  type        = string
}

variable "labels" {
  description = "Labels."
  type        = map(string)
}

variable "kms_key" {
  description = "Key that encrypts messages at rest; Google's own where null."
  type        = string
}

variable "retention" {
  description = "Seconds that the topic itself keeps messages, for a seek back; 0 for not at all."
  type        = number

  validation {
    condition     = var.retention == 0 || (var.retention >= 600 && var.retention <= 31 * 86400)
    error_message = "Expected a retention from 10m to 31d."
  }
}
