# expect: targets[0].tier: must be between 1 and 9, is 0

resource "penstock_upstream" "upstream_target_tier_zero" {
  id      = "upstream-target-tier-zero"
  targets = [{ host = "127.0.0.1", port = 80, tier = 0 }]
}
