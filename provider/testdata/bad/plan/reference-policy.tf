# expect: policies[0]: there is no policy "nowhere"

resource "penstock_consumer" "reference_policy" {
  id       = "reference-policy"
  policies = ["nowhere"]
}
