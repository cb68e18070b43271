# expect: health.passive.statuses[0]: must be a status from 100 to 599

resource "penstock_upstream" "upstream_passive_statuses" {
  id      = "upstream-passive-statuses"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { passive = { statuses = ["503-500"] } }
}
