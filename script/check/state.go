package check

// state is what is known at a point of the program: the types of the names of the current function. A name that is
// missing has not been set. Dead code has a dead state.
type state struct {
	vars slotMap[*typ]
	// unsure has the names that only some ways to this point set, and one more than the depth of conditions at which these joined.
	unsure slotMap[int]
	// carried has the names that only an earlier round of the innermost loop can have set.
	carried slotMap[bool]
	dead    bool
}

func (c *checker) newState() *state {
	n := *c.global.count
	return &state{vars: newSlotMap[*typ](n), unsure: newSlotMap[int](n), carried: newSlotMap[bool](n)}
}

func (s *state) clone() *state {
	r := *s
	return &r
}

// set gives a name a type.
func (s *state) set(sym *symbol, t *typ) {
	s.vars.set(sym.number, t)
	s.unsure.set(sym.number, 0)
	s.carried.set(sym.number, false)
}

// sets reports whether this way to the point sets a name, an earlier round of a loop aside.
func (s *state) sets(i int) bool { return s.vars.get(i) != nil && !s.carried.get(i) }

// branches returns the state after the branches of a condition join, at a depth of conditions.
func branches(a, b *state, depth int) *state {
	r := merge(a, b)
	if a == nil || b == nil || a.dead || b.dead {
		return r
	}
	mark := func(i int) {
		if a.sets(i) != b.sets(i) && r.unsure.get(i) == 0 {
			r.unsure.set(i, depth+1)
		}
	}
	differences(a.vars, b.vars, func(i int, _, _ *typ) bool { mark(i); return true })
	differences(a.carried, b.carried, func(i int, _, _ bool) bool { mark(i); return true })
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
	return &state{
		vars:    joined(a.vars, b.vars, join),
		unsure:  joined(a.unsure, b.unsure, func(x, y int) int { return min(x, y) }),
		carried: joined(a.carried, b.carried, func(x, _ bool) bool { return x }),
	}
}

func same(a, b *state) bool {
	if a.dead != b.dead {
		return false
	}
	same := true
	differences(a.vars, b.vars, func(_ int, x, y *typ) bool {
		same = x != nil && y != nil && equal(x, y)
		return same
	})
	return same
}
