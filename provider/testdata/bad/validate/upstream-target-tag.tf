# expect: targets[0].tags["a b"]: the key must be a label name

resource "penstock_upstream" "upstream_target_tag" {
  id      = "upstream-target-tag"
  targets = [{ host = "127.0.0.1", port = 80, tags = { "a b" = "c" } }]
}
