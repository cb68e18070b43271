# expect: health.active.host: must be a host, with a port or without

resource "penstock_upstream" "upstream_active_host" {
  id      = "upstream-active-host"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { host = "http://a.example" } }
}
