# expect: zones: needs targets with a zone, and none has one

resource "penstock_upstream" "upstream_zones_unknown" {
  id      = "upstream-zones-unknown"
  targets = [{ host = "127.0.0.1", port = 80 }]
  zones   = {}
}
