# expect: description: must have at most 1024 characters, has 1025

resource "penstock_consumer" "description_too_long" {
  id          = "description-too-long"
  description = join("", [for i in range(205) : "xxxxx"])
}
