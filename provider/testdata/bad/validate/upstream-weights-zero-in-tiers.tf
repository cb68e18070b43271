# expect: targets: every weight is 0

resource "penstock_upstream" "upstream_weights_zero_in_tiers" {
  id      = "upstream-weights-zero-in-tiers"
  targets = [{ host = "127.0.0.1", port = 80, weight = 0 }, { host = "127.0.0.1", port = 81, weight = 0, tier = 1 }]
}
