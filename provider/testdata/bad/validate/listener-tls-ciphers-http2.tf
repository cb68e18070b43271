# expect: tls.ciphers: have none that HTTP/2 allows

resource "penstock_listener" "listener_tls_ciphers_http2" {
  id      = "listener-tls-ciphers-http2"
  address = ":8443"
  tls     = { certificates = ["c"], ciphers = ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"] }
}
