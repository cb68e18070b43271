# expect: trusted_proxies[0]: must be an IP address or a network

resource "penstock_listener" "listener_proxies" {
  id              = "listener-proxies"
  address         = ":8080"
  trusted_proxies = ["10.0.0.0/33"]
}
