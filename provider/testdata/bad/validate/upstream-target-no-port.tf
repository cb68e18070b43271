# expect: targets[0].port: is required

resource "penstock_upstream" "upstream_target_no_port" {
  id      = "upstream-target-no-port"
  targets = [{ host = "127.0.0.1" }]
}
