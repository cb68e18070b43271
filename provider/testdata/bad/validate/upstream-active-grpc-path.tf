# expect: health.active.path: means nothing with the type "grpc"; leave it out

resource "penstock_upstream" "upstream_active_grpc_path" {
  id      = "upstream-active-grpc-path"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "grpc", path = "/healthz" } }
}
