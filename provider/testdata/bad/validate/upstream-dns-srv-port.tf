# expect: discovery.dns.port: means nothing for srv, whose records have their own; leave it out

resource "penstock_upstream" "upstream_dns_srv_port" {
  id        = "upstream-dns-srv-port"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "_http._tcp.orders.internal", type = "srv", port = 80 } }
}
