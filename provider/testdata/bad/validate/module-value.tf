# expect: targets[0].port: must be between 1 and 65535, is 70000

locals {
  module_value_port = tonumber("70000")
}

resource "penstock_upstream" "module_value" {
  id      = "module-value"
  targets = [for p in [local.module_value_port] : { host = "127.0.0.1", port = p }]
}
