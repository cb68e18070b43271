# expect: tls.min_version: must be one of "1.2", "1.3"; is "1.1"

resource "penstock_listener" "listener_tls_version" {
  id      = "listener-tls-version"
  address = ":8443"
  tls     = { certificates = ["c"], min_version = "1.1" }
}
