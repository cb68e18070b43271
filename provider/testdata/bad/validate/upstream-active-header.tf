# expect: health.active.headers.Transfer-Encoding: is about the connection or the body

resource "penstock_upstream" "upstream_active_header" {
  id      = "upstream-active-header"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { headers = { Transfer-Encoding = "chunked" } } }
}
