# expect: targets[0]: must be an object, is a string

resource "penstock_upstream" "upstream_target_text" {
  id      = "upstream-target-text"
  targets = ["127.0.0.1:80"]
}
