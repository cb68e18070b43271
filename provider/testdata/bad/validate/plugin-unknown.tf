# expect: plugins.rate_limt: is not a plugin; the plugins are

resource "penstock_route" "plugin_unknown" {
  id       = "plugin-unknown"
  upstream = "u"
  plugins  = { rate_limt = { count = 1 } }
}
