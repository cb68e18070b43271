# expect: must be a PEM certificate

output "function_cert_info" {
  value = provider::penstock::cert_info("nonsense")
}
