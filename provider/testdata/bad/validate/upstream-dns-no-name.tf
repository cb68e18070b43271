# expect: discovery.dns.name: is required

resource "penstock_upstream" "upstream_dns_no_name" {
  id        = "upstream-dns-no-name"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { port = 80 } }
}
