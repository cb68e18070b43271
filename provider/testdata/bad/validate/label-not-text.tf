# expect: attribute value type

resource "penstock_consumer" "label_not_text" {
  id     = "label-not-text"
  labels = { team = ["a"] }
}
