# expect: plugins.rate_limit.key[0]: 

resource "penstock_route" "plugin_key" {
  id       = "plugin-key"
  upstream = "u"
  plugins  = { rate_limit = { count = 1, key = ["ip"] } }
}
