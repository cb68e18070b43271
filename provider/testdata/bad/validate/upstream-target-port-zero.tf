# expect: targets[0].port: must be between 1 and 65535, is 0

resource "penstock_upstream" "upstream_target_port_zero" {
  id      = "upstream-target-port-zero"
  targets = [{ host = "127.0.0.1", port = 0 }]
}
