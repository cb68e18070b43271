// SPDX-License-Identifier: Apache-2.0

package penstock_test

// importRules is the table of who may import what. A package falls under the
// rule with the longest pattern that fits it and, besides what the rule
// grants, may import its own tree. Imports outside this module are free,
// except for what bannedImports says. Tests are exempt: they may look at
// anything.
//
// A new package outside these patterns needs a new row, with its reason.
var importRules = []importRule{
	{
		from: "appliance/schema",
		why:  "everything that is declared is declared through schema, so it can know none of it",
	},
	{
		from: "appliance/match",
		why:  "plan-time checks and the router read patterns and conditions with the same code, which therefore stands alone",
	},
	{
		from: "appliance/message",
		why:  "an HTTP message means the same to every engine and every plugin",
	},
	{
		from: "appliance/api",
		may:  []string{"appliance/schema", "appliance/match"},
		why:  "kinds are data and their checks; the provider links them and must not link a gateway",
	},
	{
		from: "appliance/client",
		may:  []string{"appliance/api", "appliance/schema"},
		why:  "a client of the Admin API knows what travels over it and nothing of what answers",
	},
	{
		from: "appliance/plugin",
		may:  []string{"appliance/schema", "appliance/api", "appliance/message"},
		why:  "the contract is all a plugin author has to read",
	},
	{
		from: "appliance/plugins/*",
		may:  []string{"appliance/plugin", "appliance/schema", "appliance/api", "appliance/message"},
		why:  "a plugin is one folder that can be read, moved or deleted alone: it never imports another one",
	},
	{
		from: "appliance/plugins",
		may:  []string{"appliance/plugin"},
		why:  "the list names the plugins in their order of execution and does nothing else",
	},
	{
		from: "appliance/internal/engine",
		may:  []string{"appliance/message"},
		why:  "bytes to exchanges and back; an engine that knew routes could not be replaced by a faster one",
	},
	{
		from: "appliance/internal/router",
		may:  []string{"appliance/api", "appliance/schema", "appliance/match", "appliance/message"},
		why:  "which route takes a request is a pure question, asked by the proxy and by the Admin API",
	},
	{
		from: "appliance/internal/upstream",
		may:  []string{"appliance/api", "appliance/schema", "appliance/match", "appliance/message", "appliance/internal/engine"},
		why:  "pools outlive snapshots, so they hold on to nothing of a route or a plugin",
	},
	{
		from: "appliance/internal/snapshot",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/match", "appliance/message", "appliance/plugin",
			"appliance/internal/router", "appliance/internal/upstream",
		},
		why: "a snapshot is compiled from values; where they were stored must not matter",
	},
	{
		from: "appliance/internal/proxy",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/match", "appliance/message", "appliance/plugin",
			"appliance/internal/router", "appliance/internal/snapshot", "appliance/internal/upstream",
			"appliance/internal/upstream/limit", "appliance/internal/upstream/retry",
		},
		why: "one exchange sees one snapshot; it never reaches for the store or the engine",
	},
	{
		from: "appliance/internal/store",
		why:  "a store holds documents and the references between them without knowing what they mean",
	},
	{
		from: "appliance/internal/observe",
		may:  []string{"appliance/api", "appliance/schema", "appliance/message", "appliance/plugin"},
		why:  "what is observed reports here; observing must not pull the gateway in",
	},
	{
		from: "appliance/internal/admin",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/match", "appliance/message", "appliance/plugin", "appliance/plugins",
			"appliance/internal/store", "appliance/internal/router", "appliance/internal/snapshot", "appliance/internal/observe",
		},
		why: "the Admin API changes the store and asks the snapshot; it takes no part in traffic",
	},
	{
		from: "appliance/internal/node",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/message", "appliance/plugin",
			"appliance/internal/engine", "appliance/internal/proxy", "appliance/internal/snapshot",
			"appliance/internal/store", "appliance/internal/upstream", "appliance/internal/observe",
		},
		why: "the life of a node spans the data plane and the store, and not the Admin API",
	},
	{
		from: "appliance/internal/gateway",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/plugin", "appliance/plugins",
			"appliance/internal/admin", "appliance/internal/node", "appliance/internal/observe",
			"appliance/internal/snapshot", "appliance/internal/store", "appliance/internal/upstream",
			"appliance/internal/store/*", "appliance/internal/upstream/*",
		},
		why: "the parts are put together once, for the command and for tests alike",
	},
	{
		from: "appliance/testkit",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/match", "appliance/message", "appliance/client",
			"appliance/plugin", "appliance/plugins", "appliance/plugins/*", "appliance/internal/...",
		},
		why: "an in-process gateway is wired from the real parts",
	},
	{
		from: "appliance/conformance",
		why:  "other people's suites judge a gateway from outside; its tests start one, and nothing builds on them",
	},
	{
		from: "appliance/bench",
		why:  "the gateway is measured as its peers are: a program that is started, configured by a file or its Admin API, and looked at from outside",
	},
	{
		from: "appliance/hostile",
		why:  "hostile clients and targets attack a gateway from outside; its tests start one, and nothing builds on them",
	},
	{
		from: "appliance/cmd",
		may: []string{
			"appliance/api", "appliance/schema", "appliance/match", "appliance/message", "appliance/client",
			"appliance/plugin", "appliance/plugins", "appliance/internal/...",
		},
		why: "the only place that wires everything, with nothing meant for tests in it",
	},
	{
		from: "provider",
		may: []string{
			"appliance/api", "appliance/client", "appliance/schema", "appliance/match", "appliance/plugin", "appliance/plugins",
		},
		why: "the provider checks by the appliance's declarations and acts through its Admin API, like any other client",
	},
	{
		from: "examples",
		may:  []string{"appliance/api", "appliance/client", "appliance/schema"},
		why:  "an example shows what a user can do, and a user has nothing but the public packages",
	},
}

// bannedImports hold for test files too.
var bannedImports = []bannedImport{
	{
		within: "appliance",
		prefix: "github.com/hashicorp/",
		why:    "the gateway is whole without Terraform, and so is its licence",
	},
}

// maxLines is the length of a hand-written file that a reader still keeps in
// mind. A test file may be longer: it is read case by case.
const maxLines = 500

// bannedPackageNames say nothing about what is inside, or are words that the
// project has better ones for.
var bannedPackageNames = map[string]string{
	"base":       "name what the package is about",
	"common":     "name what its users have in common",
	"helper":     "name what it does",
	"helpers":    "name what it does",
	"lib":        "every package is one",
	"manager":    "name what it keeps",
	"misc":       "each thing in it belongs somewhere",
	"shared":     "name what is shared",
	"types":      "put a type where it is used",
	"util":       "name what it does",
	"utils":      "name what it does",
	"backend":    "the word is upstream or target",
	"filter":     "the word is plugin or phase",
	"middleware": "the word is plugin",
	"vhost":      "the word is route",
}

// bannedText must not stand in any file of the project.
var bannedText = []bannedPattern{
	{
		pattern: "(?m)(?:^|[\\s\"'`=(:])/(?:home|root|work|Users)/[\\w.-]+",
		why:     "a path of one machine is wrong on every other",
	},
	{
		pattern: `(?:^|[^.\w])(?:TO[D]O|FIX[M]E)\b`,
		why:     "unfinished work is an issue, where somebody finds it",
	},
}
