# expect: targets[0].weight: must be between 0 and 10000, is -1

resource "penstock_upstream" "upstream_target_weight" {
  id      = "upstream-target-weight"
  targets = [{ host = "127.0.0.1", port = 80, weight = -1 }]
}
