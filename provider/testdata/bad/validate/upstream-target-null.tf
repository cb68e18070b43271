# expect: targets[0]: must not be null

resource "penstock_upstream" "upstream_target_null" {
  id      = "upstream-target-null"
  targets = [null]
}
