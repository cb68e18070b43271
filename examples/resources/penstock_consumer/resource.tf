resource "penstock_consumer" "ann" {
  id     = "ann"
  labels = { plan = "gold" }

  # From the moment she is known, these take the place of the route's.
  plugins = {
    rate_limit = {
      count  = 1000
      window = "1m"
      key    = ["consumer"]
    }
  }
}
