# expect: tls.server_name: is required with discovery, which finds addresses

resource "penstock_upstream" "upstream_dns_tls" {
  id        = "upstream-dns-tls"
  protocol  = "https"
  discovery = { dns = { name = "orders.internal", port = 443 } }
}
