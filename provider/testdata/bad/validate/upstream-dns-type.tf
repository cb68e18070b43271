# expect: discovery.dns.type: must be one of "a", "aaaa", "address", "srv"; is "SRV"; did you mean "srv"?

resource "penstock_upstream" "upstream_dns_type" {
  id        = "upstream-dns-type"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "_http._tcp.orders.internal", type = "SRV" } }
}
