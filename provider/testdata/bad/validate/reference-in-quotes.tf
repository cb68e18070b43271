# expect: penstock_upstream.NAME.id, with the resource's own name

resource "penstock_upstream" "reference_in_quotes" {
  id = "reference-in-quotes"
}

resource "penstock_service" "reference_in_quotes" {
  id       = "reference-in-quotes"
  upstream = "reference-in-quotes"
}
