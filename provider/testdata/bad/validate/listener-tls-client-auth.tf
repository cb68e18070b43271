# expect: tls.client_auth: must be one of "require", "optional"; is "always"

resource "penstock_listener" "listener_tls_client_auth" {
  id      = "listener-tls-client-auth"
  address = ":8443"
  tls     = { certificates = ["c"], client_auth = "always" }
}
