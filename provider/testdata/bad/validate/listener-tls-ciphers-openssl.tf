# expect: tls.ciphers[0]: must be a cipher suite of TLS 1.2, one of

resource "penstock_listener" "listener_tls_ciphers_openssl" {
  id      = "listener-tls-ciphers-openssl"
  address = ":8443"
  tls     = { certificates = ["c"], ciphers = ["ECDHE-RSA-AES128-GCM-SHA256"] }
}
