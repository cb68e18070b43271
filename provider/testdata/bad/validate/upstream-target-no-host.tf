# expect: targets[1].host: is required

resource "penstock_upstream" "upstream_target_no_host" {
  id      = "upstream-target-no-host"
  targets = [{ host = "127.0.0.1", port = 80 }, { port = 80 }]
}
