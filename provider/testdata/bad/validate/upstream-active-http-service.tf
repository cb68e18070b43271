# expect: health.active.service: means nothing with the type "http"; leave it out

resource "penstock_upstream" "upstream_active_http_service" {
  id      = "upstream-active-http-service"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "http", service = "orders.Orders" } }
}
