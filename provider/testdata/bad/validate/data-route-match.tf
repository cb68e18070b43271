# expect: The argument "path" is required

data "penstock_route_match" "data_route_match" {
  host = "example.com"
}
