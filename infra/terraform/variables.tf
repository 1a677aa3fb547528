variable "bucket" {
  description = "Name of the bucket, unique among all of AWS."
  type        = string
}

variable "prefix" {
  description = "Keys of the registry begin with it, when the bucket holds something else too. Without slashes at either end."
  type        = string
  default     = ""

  validation {
    condition     = !startswith(var.prefix, "/") && !endswith(var.prefix, "/")
    error_message = "The prefix must neither begin nor end with a slash."
  }
}

variable "kms_key_arn" {
  description = "Key of KMS for encryption at rest; null: keys of S3 itself (SSE-S3)."
  type        = string
  default     = null
}

variable "versioning" {
  description = <<-EOT
    Enabled keeps every version of every object for noncurrent_days. Disabled by default: the registry rewrites small cells
    all the time, so that every push leaves old versions to pay for, and what garbage collection frees stays for
    noncurrent_days. It brings back what an operator deleted by mistake; the registry itself never needs it. A bucket that
    once was Enabled cannot be Disabled again, only Suspended.
  EOT
  type        = string
  default     = "Disabled"

  validation {
    condition     = contains(["Disabled", "Enabled", "Suspended"], var.versioning)
    error_message = "One of Disabled, Enabled and Suspended."
  }
}

variable "noncurrent_days" {
  description = "How long old versions stay where versioning is on."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "S3 counts at least one day."
  }
}

variable "incomplete_upload_days" {
  description = <<-EOT
    When S3 drops the parts of uploads that nobody completed. The registry's janitor does so after uploadExpirySeconds
    (a day); this is for what it could not see. It has to be longer, or uploads that clients go on with would lose parts.
  EOT
  type        = number
  default     = 7

  validation {
    condition     = var.incomplete_upload_days >= 2
    error_message = "At least 2 days: longer than uploadExpirySeconds."
  }
}

variable "oidc_provider_arn" {
  description = "OpenID Connect provider of the Kubernetes cluster; null: no role is made, attach the policy to something else."
  type        = string
  default     = null
}

variable "service_account" {
  description = "Who may take the role: NAMESPACE:SERVICE_ACCOUNT of the Helm release."
  type        = string
  default     = "tsreg:tsreg"

  validation {
    condition     = can(regex("^[a-z0-9-]+:[a-z0-9.-]+$", var.service_account))
    error_message = "Write NAMESPACE:SERVICE_ACCOUNT."
  }
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
}
