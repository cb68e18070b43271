# expect: tls.client_ca: must be PEM

resource "penstock_listener" "listener_tls_client_ca" {
  id      = "listener-tls-client-ca"
  address = ":8443"
  tls     = { certificates = ["c"], client_ca = "clients.pem" }
}
