# expect: health.active.host: means nothing with the type "tcp"; leave it out

resource "penstock_upstream" "upstream_active_tcp_host" {
  id      = "upstream-active-tcp-host"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "tcp", host = "a.example" } }
}
