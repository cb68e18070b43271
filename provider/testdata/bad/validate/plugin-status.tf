# expect: plugins.rate_limit.status: must be between 400 and 599, is 200

resource "penstock_route" "plugin_status" {
  id       = "plugin-status"
  upstream = "u"
  plugins  = { rate_limit = { count = 1, status = 200 } }
}
