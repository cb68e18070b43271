# expect: targets: must be a list, is an object

resource "penstock_upstream" "upstream_targets_not_a_list" {
  id      = "upstream-targets-not-a-list"
  targets = { host = "127.0.0.1", port = 80 }
}
