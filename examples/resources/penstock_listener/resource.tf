# HTTP/1.1, HTTP/2 and gRPC on one TLS port.
resource "penstock_listener" "web" {
  id      = "web"
  address = ":8443"

  tls = {
    certificates = [penstock_certificate.web.id]
    min_version  = "1.3"
  }

  # The balancer in front, whose X-Forwarded-For is believed.
  trusted_proxies = ["10.0.0.0/8"]
}

# And without TLS, HTTP/2 by prior knowledge included.
resource "penstock_listener" "plain" {
  id      = "plain"
  address = ":8080"
}
