# expect: discovery.dns.nane: is not a field here

resource "penstock_upstream" "upstream_dns_member" {
  id        = "upstream-dns-member"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "orders.internal", port = 80, nane = "a" } }
}
