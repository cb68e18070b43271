# expect: health.active.expected_statuses: means nothing with the type "grpc"; leave it out

resource "penstock_upstream" "upstream_active_grpc_expected_statuses" {
  id      = "upstream-active-grpc-expected-statuses"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "grpc", expected_statuses = ["200"] } }
}
