# expect: refer to it as penstock_upstream.NAME.id

resource "penstock_service" "reference_hint" {
  id       = "reference-hint"
  upstream = "nowhere"
}
