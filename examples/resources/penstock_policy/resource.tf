resource "penstock_policy" "standard" {
  id          = "standard"
  description = "What every public route gets."

  plugins = {
    key_auth = {
      headers = ["x-api-key"]
    }
    rate_limit = {
      count  = 100
      window = "1m"
      key    = ["consumer"]
    }
    headers = {
      response = {
        set = { strict-transport-security = "max-age=31536000" }
      }
    }
  }
}
