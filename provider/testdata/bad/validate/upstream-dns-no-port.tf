# expect: discovery.dns.port: is required with the type "address"

resource "penstock_upstream" "upstream_dns_no_port" {
  id        = "upstream-dns-no-port"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "orders.internal" } }
}
