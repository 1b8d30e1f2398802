variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "services" {
  description = "Services that have a database of their own."
  type        = set(string)
  default     = ["orders", "inventory", "billing", "shipping"]
}
