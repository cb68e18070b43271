# expect: upstream: must be an id

resource "penstock_service" "service_upstream_id" {
  id       = "service-upstream-id"
  upstream = "a b"
}
