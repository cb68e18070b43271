# expect: listeners[0]: there is no listener "nowhere"

resource "penstock_route" "reference_listener" {
  id        = "reference-listener"
  listeners = ["nowhere"]
  upstream  = "there"
  paths     = ["/reference-listener"]
}
