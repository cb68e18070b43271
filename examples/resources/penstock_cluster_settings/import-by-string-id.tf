import {
  to = penstock_cluster_settings.all
  id = "cluster"
}
