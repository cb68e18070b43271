# expect: health.active.path: must be a path

resource "penstock_upstream" "upstream_active_path" {
  id      = "upstream-active-path"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { path = "healthz" } }
}
