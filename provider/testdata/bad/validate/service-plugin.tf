# expect: plugins.nothing: is not a plugin; the plugins are

resource "penstock_service" "service_plugin" {
  id       = "service-plugin"
  upstream = "u"
  plugins  = { nothing = {} }
}
