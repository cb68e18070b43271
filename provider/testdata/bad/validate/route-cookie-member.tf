# expect: cookies[0].exact: is not a field here

resource "penstock_route" "route_cookie_member" {
  id       = "route-cookie-member"
  upstream = "u"
  cookies  = [{ name = "a", exact = "b" }]
}
