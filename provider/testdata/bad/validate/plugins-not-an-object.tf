# expect: plugins: must be an object, is a string

resource "penstock_route" "plugins_not_an_object" {
  id       = "plugins-not-an-object"
  upstream = "u"
  plugins  = "rate_limit"
}
