# expect: query[0].regex: must be a regular expression in RE2 syntax

resource "penstock_route" "route_query_regex" {
  id       = "route-query-regex"
  upstream = "u"
  query    = [{ name = "a", regex = "(" }]
}
