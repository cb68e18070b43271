# expect: The argument "plugins" is required

resource "penstock_policy" "policy_no_plugins" {
  id = "policy-no-plugins"
}
