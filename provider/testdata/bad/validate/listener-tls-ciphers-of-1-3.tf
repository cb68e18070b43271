# expect: tls.ciphers[0]: "TLS_AES_128_GCM_SHA256" is of TLS 1.3, whose suites cannot be chosen

resource "penstock_listener" "listener_tls_ciphers_of_1_3" {
  id      = "listener-tls-ciphers-of-1-3"
  address = ":8443"
  tls     = { certificates = ["c"], ciphers = ["TLS_AES_128_GCM_SHA256"] }
}
