# expect: tls.ciphers[1]: is the same as element 0

resource "penstock_listener" "listener_tls_ciphers_twice" {
  id      = "listener-tls-ciphers-twice"
  address = ":8443"
  tls     = { certificates = ["c"], ciphers = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] }
}
