# expect: plugins: must be an object, is a list

resource "penstock_route" "plugins_a_list" {
  id       = "plugins-a-list"
  upstream = "u"
  plugins  = ["rate_limit"]
}
