# expect: Blocks of type "targets" are not expected here

resource "penstock_upstream" "block_for_attribute" {
  id = "block-for-attribute"
  targets {
    host = "127.0.0.1"
    port = 80
  }
}
