# expect: plugins.rate_limit.count: must be between 1 and 10000000, is 0

resource "penstock_route" "plugin_count_zero" {
  id       = "plugin-count-zero"
  upstream = "u"
  plugins  = { rate_limit = { count = 0 } }
}
