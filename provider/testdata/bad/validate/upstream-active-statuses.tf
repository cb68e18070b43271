# expect: health.active.expected_statuses[1]: must be a status from 100 to 599

resource "penstock_upstream" "upstream_active_statuses" {
  id      = "upstream-active-statuses"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { expected_statuses = ["200", "3xx"] } }
}
