# expect: discovery.consul: is not a field here; the fields are "dns"

resource "penstock_upstream" "upstream_discovery_member" {
  id        = "upstream-discovery-member"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = { consul = {} }
}
