# expect: retries.budget: must be between 1 and 100, is 0

resource "penstock_upstream" "upstream_retries_budget" {
  id      = "upstream-retries-budget"
  targets = [{ host = "127.0.0.1", port = 80 }]
  retries = { budget = 0 }
}
