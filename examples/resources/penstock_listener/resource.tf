# HTTP/1.1, HTTP/2 and gRPC on one TLS port.
resource "penstock_listener" "web" {
  id      = "web"
  address = ":8443"

  tls = {
    certificates = [penstock_certificate.web.id]
    min_version  = "1.3"
  }

  # The balancer in front, whose X-Forwarded-For is believed. Targets get that
  # and the standard field Forwarded.
  trusted_proxies = ["10.0.0.0/8"]
  forwarded       = "both"
}

# And without TLS, HTTP/2 by prior knowledge included.
resource "penstock_listener" "plain" {
  id      = "plain"
  address = ":8080"
}

# For clients that prove themselves by a certificate, with limits of their own.
resource "penstock_listener" "partners" {
  id      = "partners"
  address = ":9443"

  tls = {
    certificates = [penstock_certificate.web.id]
    client_ca    = file("${path.module}/partners-ca.crt")
  }

  max_body_bytes      = 10 * 1024 * 1024
  max_connections     = 2000
  max_tunnels         = 500
  tunnel_idle_timeout = "10m"
}
