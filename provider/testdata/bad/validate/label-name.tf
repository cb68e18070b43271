# expect: labels["a b"]: the key must be a label name

resource "penstock_consumer" "label_name" {
  id     = "label-name"
  labels = { "a b" = "c" }
}
