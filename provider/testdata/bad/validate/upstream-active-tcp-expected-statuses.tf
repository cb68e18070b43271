# expect: health.active.expected_statuses: means nothing with the type "tcp"; leave it out

resource "penstock_upstream" "upstream_active_tcp_expected_statuses" {
  id      = "upstream-active-tcp-expected-statuses"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "tcp", expected_statuses = ["200"] } }
}
