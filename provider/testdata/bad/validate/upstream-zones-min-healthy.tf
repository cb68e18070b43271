# expect: zones.min_healthy: must be between 0 and 100, is 101

resource "penstock_upstream" "upstream_zones_min_healthy" {
  id      = "upstream-zones-min-healthy"
  targets = [{ host = "127.0.0.1", port = 80, zone = "a" }]
  zones   = { min_healthy = 101 }
}
