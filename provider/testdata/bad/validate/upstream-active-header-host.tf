# expect: health.active.headers.Host: has a field of its own: give host instead

resource "penstock_upstream" "upstream_active_header_host" {
  id      = "upstream-active-header-host"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { headers = { Host = "a.example" } } }
}
