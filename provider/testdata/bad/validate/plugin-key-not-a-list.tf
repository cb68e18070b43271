# expect: plugins.rate_limit.key: must be a list, is a string

resource "penstock_route" "plugin_key_not_a_list" {
  id       = "plugin-key-not-a-list"
  upstream = "u"
  plugins  = { rate_limit = { count = 1, key = "route" } }
}
