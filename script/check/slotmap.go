package check

const (
	fanBits = 4
	fan     = 1 << fanBits
)

// slotMap maps the numbers of symbols to values; the zero value of V stands for none. Maps share what they have in common, so
// that a copy costs nothing, and two maps that differ in little are compared and joined in little time.
type slotMap[V comparable] struct {
	root  *slotNode[V]
	shift uint // of the root: 0 for a leaf
}

// slotNode is never changed once it is in a map.
type slotNode[V comparable] struct {
	below  *[fan]*slotNode[V]
	values *[fan]V // of a leaf
}

// newSlotMap returns an empty map for the numbers below n.
func newSlotMap[V comparable](n int) slotMap[V] {
	m := slotMap[V]{}
	for ; n > fan; n = (n + fan - 1) / fan {
		m.shift += fanBits
	}
	return m
}

func (m slotMap[V]) get(i int) V {
	n := m.root
	for shift := m.shift; n != nil; shift -= fanBits {
		at := i >> shift & (fan - 1)
		if shift == 0 {
			return n.values[at]
		}
		n = n.below[at]
	}
	var none V
	return none
}

func (m *slotMap[V]) set(i int, v V) {
	if m.get(i) != v {
		m.root = m.root.with(m.shift, i, v)
	}
}

func (n *slotNode[V]) with(shift uint, i int, v V) *slotNode[V] {
	at := i >> shift & (fan - 1)
	if shift == 0 {
		values := n.leaf()
		values[at] = v
		return &slotNode[V]{values: &values}
	}
	below := n.inner()
	below[at] = below[at].with(shift-fanBits, i, v)
	return &slotNode[V]{below: &below}
}

// leaf returns the values of a leaf; nil is an empty one.
func (n *slotNode[V]) leaf() (values [fan]V) {
	if n != nil {
		values = *n.values
	}
	return values
}

func (n *slotNode[V]) inner() (below [fan]*slotNode[V]) {
	if n != nil {
		below = *n.below
	}
	return below
}

// differences calls f for each number whose values differ in two maps, until it returns false.
func differences[V comparable](a, b slotMap[V], f func(i int, x, y V) bool) {
	differ(a.root, b.root, a.shift, 0, f)
}

func differ[V comparable](a, b *slotNode[V], shift uint, from int, f func(i int, x, y V) bool) bool {
	if a == b {
		return true
	}
	if shift == 0 {
		x, y := a.leaf(), b.leaf()
		for at := range fan {
			if x[at] != y[at] && !f(from+at, x[at], y[at]) {
				return false
			}
		}
		return true
	}
	x, y := a.inner(), b.inner()
	for at := range fan {
		if !differ(x[at], y[at], shift-fanBits, from+at<<shift, f) {
			return false
		}
	}
	return true
}

// joined returns a map with the values of both; f decides about those that differ and are in both.
func joined[V comparable](a, b slotMap[V], f func(x, y V) V) slotMap[V] {
	var none V
	r := a
	differences(a, b, func(i int, x, y V) bool {
		switch {
		case x == none:
			r.set(i, y)
		case y != none:
			r.set(i, f(x, y))
		}
		return true
	})
	return r
}
