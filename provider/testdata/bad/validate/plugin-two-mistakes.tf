# expect: plugins.rate_limit.count: must be between
# expect: plugins.rate_limit.status: must be between

resource "penstock_route" "plugin_two_mistakes" {
  id       = "plugin-two-mistakes"
  upstream = "u"
  plugins  = { rate_limit = { count = 0, status = 200 } }
}
