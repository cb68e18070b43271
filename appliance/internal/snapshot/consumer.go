// SPDX-License-Identifier: Apache-2.0

package snapshot

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/api"

// A consumer is a compiled consumer: its plugins run in one place for all
// routes, so that a limit counts all of its requests.
type consumer struct {
	api       *api.Consumer
	instances map[string]*instance
}

func (b *build) makeConsumer(o *object, config *api.Consumer) {
	var running map[string]*instance
	if previous := b.consumers.next.find(o.ID); previous != nil {
		running = previous.instances
	}
	instances, ok := b.instantiate(o, merge(b.policies(config.Policies), config.Plugins), running)
	if ok {
		b.consumers.set(o.ID, &consumer{config, instances})
	}
}

// makeCredential names the consumer that the credential stands for.
func (b *build) makeCredential(config *api.Credential) {
	fingerprint := api.Fingerprint(config.Type, config.Secret)
	b.fingerprints.set(fingerprint, b.consumers.next.find(config.Consumer))
	b.Compiler.fingerprints[config.ID] = fingerprint
}

// dropCredential forgets what the credential was.
func (b *build) dropCredential(id string) {
	if fingerprint, ok := b.Compiler.fingerprints[id]; ok {
		b.fingerprints.remove(fingerprint)
		delete(b.Compiler.fingerprints, id)
	}
}
