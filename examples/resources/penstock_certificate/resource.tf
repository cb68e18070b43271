# An ephemeral variable is in no plan and in no state.
variable "web_private_key" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "penstock_certificate" "web" {
  id                     = "web"
  certificate            = file("${path.module}/web.crt")
  private_key_wo         = var.web_private_key
  private_key_wo_version = 1 # raise it whenever the key changes
}

# A warning in every plan from 30 days before the certificate ends.
check "certificate" {
  assert {
    condition     = timecmp(provider::penstock::cert_info(penstock_certificate.web.certificate).not_after, timeadd(plantimestamp(), "720h")) > 0
    error_message = "Renew the certificate: it ends ${provider::penstock::cert_info(penstock_certificate.web.certificate).not_after}."
  }
}
