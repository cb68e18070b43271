# expect: zones.min_healty: is not a field here; the fields are "min_healthy"; did you mean "min_healthy"?

resource "penstock_upstream" "upstream_zones_member" {
  id      = "upstream-zones-member"
  targets = [{ host = "127.0.0.1", port = 80, zone = "a" }]
  zones   = { min_healty = 50 }
}
