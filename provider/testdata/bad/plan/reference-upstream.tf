# expect: upstream: there is no upstream "nowhere"

resource "penstock_route" "reference_upstream" {
  id       = "reference-upstream"
  upstream = "nowhere"
  paths    = ["/reference-upstream"]
}
