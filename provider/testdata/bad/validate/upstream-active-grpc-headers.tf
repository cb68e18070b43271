# expect: health.active.headers: means nothing with the type "grpc"; leave it out

resource "penstock_upstream" "upstream_active_grpc_headers" {
  id      = "upstream-active-grpc-headers"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "grpc", headers = { x-probe = "1" } } }
}
