// SPDX-License-Identifier: Apache-2.0

package schema

// A place is where a walk through a document stands. Its path is put together
// only when there is something to say about it: a document may have a million
// values below a name of a million letters.
type place []step

type step struct {
	name  string
	index int // of an element; -1 for a member, which has a name
}

func (p *place) enterMember(name string) { *p = append(*p, step{name, -1}) }

func (p *place) enterElement(i int) { *p = append(*p, step{"", i}) }

func (p *place) leave() { *p = (*p)[:len(*p)-1] }

// path returns the place as errors write it, with overlong names cut.
func (p place) path() string {
	path := ""
	for _, s := range p {
		if s.index >= 0 {
			path = Index(path, s.index)
		} else {
			path = Key(path, clip(s.name))
		}
	}
	return path
}
