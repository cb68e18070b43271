# expect: tls.ciphers[0]: "TLS_RSA_WITH_AES_128_CBC_SHA" is not safe any more

resource "penstock_listener" "listener_tls_ciphers_unsafe" {
  id      = "listener-tls-ciphers-unsafe"
  address = ":8443"
  tls     = { certificates = ["c"], ciphers = ["TLS_RSA_WITH_AES_128_CBC_SHA"] }
}
