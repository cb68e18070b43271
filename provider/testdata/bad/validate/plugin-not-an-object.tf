# expect: plugins.rate_limit: must be an object, is 5

resource "penstock_route" "plugin_not_an_object" {
  id       = "plugin-not-an-object"
  upstream = "u"
  plugins  = { rate_limit = 5 }
}
