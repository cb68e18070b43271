# expect: targets[0].tags.version: must be a string, is 2

resource "penstock_upstream" "upstream_target_tag_number" {
  id      = "upstream-target-tag-number"
  targets = [{ host = "127.0.0.1", port = 80, tags = { version = 2 } }]
}
