# expect: targets: every weight is 0

resource "penstock_upstream" "upstream_weights_zero" {
  id      = "upstream-weights-zero"
  targets = [{ host = "127.0.0.1", port = 80, weight = 0 }]
}
