# expect: terraform import penstock_upstream.NAME there

resource "penstock_upstream" "exists" {
  id      = "there"
  targets = [{ host = "127.0.0.1", port = 80 }]
}
