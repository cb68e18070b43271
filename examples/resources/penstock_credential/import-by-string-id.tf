import {
  to = penstock_credential.ann
  id = "ann"
}
