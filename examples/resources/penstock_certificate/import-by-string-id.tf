import {
  to = penstock_certificate.web
  id = "web"
}
