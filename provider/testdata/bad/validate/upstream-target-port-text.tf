# expect: targets[0].port: must be a whole number

resource "penstock_upstream" "upstream_target_port_text" {
  id      = "upstream-target-port-text"
  targets = [{ host = "127.0.0.1", port = "http" }]
}
