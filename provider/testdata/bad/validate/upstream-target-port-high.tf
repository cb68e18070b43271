# expect: targets[0].port: must be between 1 and 65535, is 65536

resource "penstock_upstream" "upstream_target_port_high" {
  id      = "upstream-target-port-high"
  targets = [{ host = "127.0.0.1", port = 65536 }]
}
