# expect: balance.hash_on[0].name: must be a header name

resource "penstock_upstream" "upstream_hash_header_name" {
  id      = "upstream-hash-header-name"
  targets = [{ host = "127.0.0.1", port = 80 }]
  balance = { algorithm = "consistent_hash", hash_on = [{ source = "header", name = "x tenant" }] }
}
