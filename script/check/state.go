package check

import "maps"

// state is what is known at a point of the program: the types of the names of the current function. A name that is
// missing has not been set. Dead code has a dead state.
type state struct {
	vars map[*symbol]*typ
	// unsure has the names that only some ways to this point set, and the depth of conditions at which these joined.
	unsure map[*symbol]int
	// carried has the names that only an earlier round of the innermost loop can have set.
	carried map[*symbol]bool
	dead    bool
}

func newState() *state { return &state{vars: map[*symbol]*typ{}} }

func (s *state) clone() *state {
	return &state{maps.Clone(s.vars), maps.Clone(s.unsure), maps.Clone(s.carried), s.dead}
}

// sets reports whether this way to the point sets a name, an earlier round of a loop aside.
func (s *state) sets(sym *symbol) bool { return s.vars[sym] != nil && !s.carried[sym] }

// branches returns the state after the branches of a condition join, at a depth of conditions.
func branches(a, b *state, depth int) *state {
	r := merge(a, b)
	if a == nil || b == nil || a.dead || b.dead {
		return r
	}
	mark := func(sym *symbol) {
		if r.unsure == nil {
			r.unsure = map[*symbol]int{}
		}
		r.unsure[sym] = depth
	}
	for sym := range r.unsure {
		mark(sym)
	}
	for sym := range r.vars {
		if a.sets(sym) != b.sets(sym) {
			mark(sym)
		}
	}
	return r
}

// merge returns the state after two ways join.
func merge(a, b *state) *state {
	switch {
	case a == nil || a.dead:
		if b == nil {
			return a
		}
		return b
	case b == nil || b.dead:
		return a
	}
	r := a.clone()
	for k, t := range b.vars {
		if old, ok := r.vars[k]; ok {
			r.vars[k] = join(old, t)
		} else {
			r.vars[k] = t
		}
	}
	for k, depth := range b.unsure {
		if r.unsure == nil {
			r.unsure = map[*symbol]int{}
		}
		r.unsure[k] = depth
	}
	for k := range b.carried {
		if r.carried == nil {
			r.carried = map[*symbol]bool{}
		}
		r.carried[k] = true
	}
	return r
}

func same(a, b *state) bool {
	if a.dead != b.dead || len(a.vars) != len(b.vars) {
		return false
	}
	for k, t := range a.vars {
		if x, ok := b.vars[k]; !ok || !equal(t, x) {
			return false
		}
	}
	return true
}
