# expect: service: there is no service "nowhere"

resource "penstock_route" "reference_service" {
  id      = "reference-service"
  service = "nowhere"
  paths   = ["/reference-service"]
}
