# expect: list of string required

resource "penstock_consumer" "consumer_policies_text" {
  id       = "consumer-policies-text"
  policies = "p"
}
