// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"encoding/json"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// Penstock is the gateway at a path.
func Penstock(name, binary string) *Proxy {
	return &Proxy{
		Name: name,
		Version: func() (string, error) {
			out, err := exec.Command(binary, "version").Output()
			return strings.TrimPrefix(strings.TrimSpace(string(out)), "penstock version "), err
		},
		prepare: func(w *Work, dir, address string) (launch, error) {
			if w.Managed {
				return managed(w, binary, dir, address)
			}
			document, err := json.Marshal(penstockConfig(w, dir, address))
			if err != nil {
				return launch{}, err
			}
			file, err := writeFile(dir, "penstock.json", string(document))
			if err != nil {
				return launch{}, err
			}
			operations, err := freeAddress()
			if err != nil {
				return launch{}, err
			}
			command := []string{binary, "run", "-f", file, "--data-dir", filepath.Join(dir, "data"), "--listen", "",
				"--admin", "", "--operations", operations, "--log-level", "warn", "--grace", "1s"}
			if w.Profiling {
				command = append(command, "--profiling")
			}
			return launch{
				command:    command,
				env:        []string{"GOMAXPROCS=" + strconv.Itoa(w.Cores)},
				operations: operations,
			}, nil
		},
	}
}

// managed launches a gateway with an embedded etcd and an Admin API, which serves
// nothing yet.
func managed(w *Work, binary, dir, address string) (launch, error) {
	operations, err := freeAddress()
	if err != nil {
		return launch{}, err
	}
	admin, err := freeAddress()
	if err != nil {
		return launch{}, err
	}
	command := []string{binary, "run", "--data-dir", filepath.Join(dir, "data"), "--listen", address,
		"--admin", admin, "--operations", operations, "--log-level", "error", "--grace", "1s"}
	if w.Profiling {
		command = append(command, "--profiling")
	}
	return launch{
		command:    command,
		env:        []string{"GOMAXPROCS=" + strconv.Itoa(w.Cores), "PENSTOCK_TOKEN=" + AdminToken},
		operations: operations, admin: admin,
	}, nil
}

// object is one of the configuration, by the names that the file has.
type object map[string]any

// penstockConfig is the whole of the gateway's file.
func penstockConfig(w *Work, dir, address string) object {
	listener := object{"id": "bench", "address": address, "idle_timeout": "1h"}
	if w.NoHTTP2 {
		listener["http2"] = false
	}
	upstream := object{"id": "target", "targets": []object{hostPort(w.Target.HTTP)}, "max_idle": 512}
	if w.GRPC {
		upstream["protocol"], upstream["targets"] = "grpc", []object{hostPort(w.Target.GRPC)}
	}
	config := object{"upstreams": []object{upstream}}
	if w.TLS != nil {
		listener["tls"] = object{"certificates": []string{"bench"}, "min_version": "1.3"}
		config["certificates"] = []object{{"id": "bench", "certificate": w.TLS.Certificate, "private_key": w.TLS.Key}}
	}
	config["listeners"] = []object{listener}
	patterns := w.Routes
	if len(patterns) == 0 {
		patterns = []string{"/*"}
	}
	routes := make([]object, 0, len(patterns)+2)
	for i, pattern := range patterns {
		routes = append(routes, object{"id": "route-" + strconv.Itoa(i), "upstream": "target", "paths": []string{pattern}})
	}
	if w.Mixed {
		config["upstreams"] = append(config["upstreams"].([]object),
			object{"id": "calls", "protocol": "grpc", "targets": []object{hostPort(w.Target.GRPC)}},
			object{"id": "shared", "protocol": "h2c", "targets": []object{hostPort(w.Target.Shared)}},
			object{"id": "hole", "targets": []object{hostPort(w.Target.Hole)}})
		routes = append(routes, object{"id": "calls", "upstream": "calls", "paths": []string{CallPath + "*"}},
			object{"id": "shared", "upstream": "shared", "paths": []string{target.SharedPath + "*"}},
			object{"id": "hole", "upstream": "hole", "paths": []string{target.HolePath + "*"}})
	}
	config["routes"] = routes
	if w.Plugins {
		routes[0]["plugins"] = object{
			"key_auth":   object{},
			"rate_limit": object{"count": 10_000_000, "window": "1s"},
			"access_log": object{"path": filepath.Join(dir, "access.log")},
		}
		config["consumers"] = []object{{"id": "bench"}}
		config["credentials"] = []object{{"id": "bench", "consumer": "bench", "type": "key", "secret": Key}}
	}
	return config
}

func hostPort(address string) object {
	host, port, _ := net.SplitHostPort(address) // of a listener that runs
	n, _ := strconv.Atoi(port)
	return object{"host": host, "port": n}
}
