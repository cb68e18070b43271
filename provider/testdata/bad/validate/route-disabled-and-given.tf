# expect: disabled_plugins[0]: "rate_limit" is in plugins too

resource "penstock_route" "route_disabled_and_given" {
  id               = "route-disabled-and-given"
  upstream         = "u"
  plugins          = { rate_limit = { count = 1 } }
  disabled_plugins = ["rate_limit"]
}
