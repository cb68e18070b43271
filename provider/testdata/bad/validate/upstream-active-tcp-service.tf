# expect: health.active.service: means nothing with the type "tcp"; leave it out

resource "penstock_upstream" "upstream_active_tcp_service" {
  id      = "upstream-active-tcp-service"
  targets = [{ host = "127.0.0.1", port = 80 }]
  health  = { active = { type = "tcp", service = "orders.Orders" } }
}
