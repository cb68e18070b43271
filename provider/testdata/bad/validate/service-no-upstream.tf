# expect: The argument "upstream" is required

resource "penstock_service" "service_no_upstream" {
  id = "service-no-upstream"
}
