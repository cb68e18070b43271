# expect: health.active.type: must be one of "http", "tcp", "grpc"; is "https"

resource "penstock_upstream" "upstream_active_type" {
  id      = "upstream-active-type"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "https" } }
}
