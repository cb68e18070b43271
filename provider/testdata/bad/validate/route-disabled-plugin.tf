# expect: disabled_plugins[0]: "nothing" is not a plugin

resource "penstock_route" "route_disabled_plugin" {
  id               = "route-disabled-plugin"
  upstream         = "u"
  disabled_plugins = ["nothing"]
}
