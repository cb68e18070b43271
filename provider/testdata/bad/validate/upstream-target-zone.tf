# expect: targets[0].zone: must be an id

resource "penstock_upstream" "upstream_target_zone" {
  id      = "upstream-target-zone"
  targets = [{ host = "127.0.0.1", port = 80, zone = "a b" }]
}
