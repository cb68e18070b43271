# expect: discovery.dns.max_ttl: must be at least min_ttl, which is 2m; it is 1m

resource "penstock_upstream" "upstream_dns_ttl" {
  id        = "upstream-dns-ttl"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "orders.internal", port = 80, min_ttl = "2m" } }
}
