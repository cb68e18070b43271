# expect: health.active.path: means nothing with the type "tcp"; leave it out

resource "penstock_upstream" "upstream_active_tcp_path" {
  id      = "upstream-active-tcp-path"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "tcp", path = "/healthz" } }
}
