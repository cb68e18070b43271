# expect: discovery.dns.name: must be a name, and 10.0.0.1 is an address, of which there is nothing to find out; list it in targets

resource "penstock_upstream" "upstream_dns_address" {
  id        = "upstream-dns-address"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { dns = { name = "10.0.0.1", port = 80 } }
}
