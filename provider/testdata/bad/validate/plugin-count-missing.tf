# expect: plugins.rate_limit.count: is required

resource "penstock_route" "plugin_count_missing" {
  id       = "plugin-count-missing"
  upstream = "u"
  plugins  = { rate_limit = {} }
}
