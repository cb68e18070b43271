# expect: targets[0].tags.version: must be a string

resource "penstock_upstream" "upstream_target_tag_list" {
  id      = "upstream-target-tag-list"
  targets = [{ host = "127.0.0.1", port = 80, tags = { version = ["2"] } }]
}
