# expect: certificate: must be PEM

resource "penstock_certificate" "certificate_file_name" {
  id          = "certificate-file-name"
  certificate = "/etc/cert.pem"
}
