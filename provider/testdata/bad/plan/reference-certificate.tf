# expect: tls.certificates[0]: there is no certificate "nowhere"

resource "penstock_listener" "reference_certificate" {
  id      = "reference-certificate"
  address = ":18443"
  tls     = { certificates = ["nowhere"] }
}
