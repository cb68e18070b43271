data "penstock_plugins" "all" {}

output "plugins" {
  description = "What each plugin does, in the order in which requests pass them."
  value       = [for p in data.penstock_plugins.all.plugins : "${p.name}: ${p.summary}"]
}
