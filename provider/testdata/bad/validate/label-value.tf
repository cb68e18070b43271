# expect: labels.team: must have at most 256 characters, has 257

resource "penstock_consumer" "label_value" {
  id     = "label-value"
  labels = { team = join("", [for i in range(257) : "x"]) }
}
