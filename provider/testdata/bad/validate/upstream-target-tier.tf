# expect: targets[0].tier: must be between 0 and 9, is 10

resource "penstock_upstream" "upstream_target_tier" {
  id      = "upstream-target-tier"
  targets = [{ host = "127.0.0.1", port = 80, tier = 10 }]
}
