# expect: discovery.dns.resolver[0]: must be an IP address, with a port or without

resource "penstock_upstream" "upstream_dns_resolver" {
  id        = "upstream-dns-resolver"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "orders.internal", port = 80, resolver = ["dns.internal"] } }
}
