# expect: plugins.headers.request.set.x-a: x-a is in

resource "penstock_route" "plugin_header_twice" {
  id       = "plugin-header-twice"
  upstream = "u"
  plugins  = { headers = { request = { remove = ["x-a"], set = { x-a = "b" } } } }
}
