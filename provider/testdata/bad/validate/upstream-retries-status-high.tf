# expect: retries.statuses[0]: must be a status from 100 to 599, such as "503", or a range such as "500-599"

resource "penstock_upstream" "upstream_retries_status_high" {
  id      = "upstream-retries-status-high"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { statuses = ["600"] }
}
