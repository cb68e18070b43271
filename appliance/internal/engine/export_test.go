// SPDX-License-Identifier: Apache-2.0

package engine

// Generations returns how many generations the server holds on to.
func (s *Server) Generations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.generations)
}
