resource "penstock_upstream" "users" {
  id       = "users"
  protocol = "http"

  targets = [
    { host = "10.0.1.10", port = 8080, weight = 45 },
    { host = "10.0.2.10", port = 8080, weight = 45 },
    # A tenth of the requests go to the next version.
    { host = "10.0.1.20", port = 8080, weight = 10, tags = { version = "2" } },
  ]

  connect_timeout  = "2s"
  response_timeout = "30s"
}

resource "penstock_upstream" "greeter" {
  id       = "greeter"
  protocol = "grpcs"

  targets = [{ host = "greeter.internal", port = 8443 }]

  tls = {
    server_name        = "greeter.internal"
    client_certificate = penstock_certificate.web.id # for targets that ask for one
  }

  stall_timeout = "1m"
}
