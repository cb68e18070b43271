# expect: certificate: must be PEM
# expect: private_key_wo: must be a PEM private key

resource "penstock_certificate" "certificate_not_pem" {
  id             = "certificate-not-pem"
  certificate    = "nonsense"
  private_key_wo = "nonsense"
}
