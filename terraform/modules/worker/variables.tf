variable "project" {
  description = "Project id."
  type        = string
}

variable "region" {
  description = "Region of the worker pool."
  type        = string
}

variable "name" {
  description = "The trigger's name in triggers.yaml, which is the worker pool's."
  type        = string
}

variable "step" {
  description = "The step that the workers pull for."
  type        = string
}

variable "topic" {
  description = "projects/PROJECT/topics/NAME"
  type        = string
}

variable "mode" {
  description = "How messages are pulled."
  type        = string

  validation {
    condition     = contains(["pull", "streaming-pull"], var.mode)
    error_message = "Expected pull or streaming-pull."
  }
}

variable "ordered" {
  description = "Whether messages of one ordering key come one after the other."
  type        = bool
}

variable "attempts" {
  description = "Deliveries before the dead letter."
  type        = number
}

variable "minimum_backoff" {
  description = "Seconds."
  type        = number
}

variable "maximum_backoff" {
  description = "Seconds."
  type        = number
}

variable "dead_letters" {
  description = "Whether what spends its attempts is a dead letter; those that read the dead letters have none."
  type        = bool
}

variable "dead_letter_topic" {
  description = "projects/PROJECT/topics/NAME"
  type        = string
}

variable "pubsub_agent" {
  description = "IAM member of Pub/Sub's service agent."
  type        = string
}

variable "account" {
  description = "E-mail of the step's account, which the workers run as."
  type        = string
}

variable "image" {
  description = "Image of the workers, by its digest."
  type        = string
}

variable "instances" {
  description = "Workers."
  type        = number

  validation {
    condition     = var.instances >= 0
    error_message = "Expected no instance or more."
  }
}

variable "concurrency" {
  description = "Messages at once in one worker."
  type        = number
}

variable "timeout" {
  description = "Seconds that the step has for a message."
  type        = number
}

variable "cpu" {
  description = "Processors of one worker."
  type        = string
}

variable "memory" {
  description = "Such as 512Mi or 2Gi."
  type        = string
}

variable "environment" {
  description = "Environment variables of the step."
  type        = map(string)
}

variable "labels" {
  description = "Labels."
  type        = map(string)
}

variable "kms_key" {
  description = "Key that encrypts the worker pool; Google's own where null."
  type        = string
}
