# expect: id: two resources of this configuration are the upstream "given-twice"

resource "penstock_upstream" "given_twice_a" {
  id      = "given-twice"
  targets = [{ host = "127.0.0.1", port = 80 }]
}

resource "penstock_upstream" "given_twice_b" {
  id         = "given-twice"
  targets    = [{ host = "127.0.0.1", port = 81 }]
  depends_on = [penstock_upstream.given_twice_a]
}
