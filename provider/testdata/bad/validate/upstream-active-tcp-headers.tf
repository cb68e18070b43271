# expect: health.active.headers: means nothing with the type "tcp"; leave it out

resource "penstock_upstream" "upstream_active_tcp_headers" {
  id      = "upstream-active-tcp-headers"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "tcp", headers = { x-probe = "1" } } }
}
