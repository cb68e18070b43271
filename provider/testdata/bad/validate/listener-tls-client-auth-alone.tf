# expect: tls.client_auth: needs client_ca

resource "penstock_listener" "listener_tls_client_auth_alone" {
  id      = "listener-tls-client-auth-alone"
  address = ":8443"
  tls     = { certificates = ["c"], client_auth = "optional" }
}
