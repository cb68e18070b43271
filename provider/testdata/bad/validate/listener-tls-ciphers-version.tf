# expect: tls.ciphers: are of TLS 1.2, which min_version "1.3" refuses

resource "penstock_listener" "listener_tls_ciphers_version" {
  id      = "listener-tls-ciphers-version"
  address = ":8443"
  tls     = { certificates = ["c"], min_version = "1.3", ciphers = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] }
}
