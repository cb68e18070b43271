output "certificate_ends" {
  value = provider::penstock::cert_info(file("${path.module}/web.crt")).not_after
}
