# expect: targets[1]: 127.0.0.1:80 is targets[0] already

resource "penstock_upstream" "upstream_target_twice" {
  id      = "upstream-target-twice"
  targets = [{ host = "127.0.0.1", port = 80 }, { host = "127.0.0.1", port = 80 }]
}
