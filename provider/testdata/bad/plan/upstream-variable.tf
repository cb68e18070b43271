# Validate does not know what variables hold; plan does.
# expect: balance.hash_on: is required with the algorithm "consistent_hash"
# expect: response_timeout: must be at most request_timeout, which is 1s; it is 2s

variable "upstream_algorithm" {
  type    = string
  default = "consistent_hash"
}

variable "upstream_time" {
  type    = string
  default = "1s"
}

resource "penstock_upstream" "upstream_variable" {
  id               = "upstream-variable"
  targets          = [{ host = "127.0.0.1", port = 80 }]
  balance          = { algorithm = var.upstream_algorithm }
  request_timeout  = var.upstream_time
  response_timeout = "2s"
}
