# expect: trusted_proxies[1]: is the same as element 0

resource "penstock_listener" "listener_proxies_twice" {
  id              = "listener-proxies-twice"
  address         = ":8080"
  trusted_proxies = ["10.0.0.0/8", "10.0.0.0/8"]
}
