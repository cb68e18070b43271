import {
  to = penstock_policy.standard
  id = "standard"
}
