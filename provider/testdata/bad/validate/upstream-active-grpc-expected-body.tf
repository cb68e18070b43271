# expect: health.active.expected_body: means nothing with the type "grpc"; leave it out

resource "penstock_upstream" "upstream_active_grpc_expected_body" {
  id      = "upstream-active-grpc-expected-body"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "grpc", expected_body = "ok" } }
}
