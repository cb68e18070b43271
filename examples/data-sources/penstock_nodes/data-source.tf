data "penstock_nodes" "live" {}

# Fails the run when a node could not use a part of its configuration.
check "nodes" {
  assert {
    condition     = alltrue([for n in data.penstock_nodes.live.nodes : n.problems == 0])
    error_message = "A node has problems: ${join(", ", [for n in data.penstock_nodes.live.nodes : n.id if n.problems > 0])}"
  }
}
