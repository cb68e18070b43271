import {
  to = penstock_consumer.ann
  id = "ann"
}
