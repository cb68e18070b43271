# expect: terraform import penstock_upstream.NAME taken

resource "penstock_upstream" "exists" {
  id      = "taken"
  targets = [{ host = "127.0.0.1", port = 80 }]
}
