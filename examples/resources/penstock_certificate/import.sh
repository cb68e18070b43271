terraform import penstock_certificate.web web
