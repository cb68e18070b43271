# expect: discovery: finds nothing: give dns

resource "penstock_upstream" "upstream_discovery_empty" {
  id        = "upstream-discovery-empty"
  targets   = [{ host = "127.0.0.1", port = 80 }]
  discovery = {}
}
