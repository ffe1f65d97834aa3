package python

import "github.com/gotest-driver/gotest-driver/python/syntax"

// try lowers try: the body becomes a function, since only a call can be told to survive an error. Variables that it
// assigns and others read live in cells; return, break and continue leave it through py.leave.
func (l *lowerer) try(s *syntax.Try, next int) {
	if s.Group {
		l.finding(s, "except-group", "except*", "use except")
	}
	if s.Finally == nil {
		l.tryExcept(s, next)
		return
	}
	before, after := l.trailing(s.Start, s.Body[0].Range().Start-1)
	for _, c := range append(before, after) {
		if c != "" {
			l.out.emit(-1, seg{c, -1})
		}
	}
	all := s.Body
	if len(s.Handlers) > 0 {
		inner := *s
		inner.Finally = nil
		l.frames[&inner] = l.frames[s]
		all = []syntax.Stmt{&inner}
	}
	name := l.helper("guarded")
	l.out.emit(s.Start, seg{"def " + name + "():", -1})
	done := l.enter(&flow{kind: flowClosure})
	l.body(all, s.Finally[0].Range().Start)
	done()
	attempt := l.helper("attempt")
	l.out.emit(s.Start, cat(attempt+" = ", at("py.guard("+name+")", s.Start)).s...)
	l.block(s.Finally, nil, next)
	l.out.emit(s.Start, seg{attempt + ".finish()", -1})
	l.leave(s, attempt, exitsOf(all))
}

// leave does after an attempt what its body wanted: return, break or continue.
func (l *lowerer) leave(s syntax.Node, attempt string, e exits) {
	word := func(yes bool, w string, f func()) {
		if yes {
			l.out.emit(-1, seg{"if " + attempt + `.left == "` + w + `":`, -1})
			l.out.indent++
			f()
			l.out.indent--
		}
	}
	src := s.Range().Start
	word(e.ret, "return", func() { l.ret(src, txt(attempt+".value")) })
	word(e.brk, "break", func() { l.jump(src, "break") })
	word(e.cont, "continue", func() { l.jump(src, "continue") })
}

// findGone finds the handlers whose variable is read after them, though `except … as e` deletes it at its end.
func (l *lowerer) findGone() {
	for h, v := range l.handlers {
		last := h.Body[len(h.Body)-1]
		switch s := last.(type) {
		case *syntax.Return, *syntax.Raise:
			continue
		case *syntax.Simple:
			if s.Word != "pass" {
				continue
			}
		}
		end := last.Range().End
	reads:
		for _, r := range v.reads {
			for _, w := range v.writes {
				if r.pos < end || w.pos >= end && w.pos <= r.pos {
					continue reads
				}
			}
			l.deleting[h], l.deleted[r.pos] = true, true
		}
	}
}

func (l *lowerer) tryExcept(s *syntax.Try, next int) {
	before, after := l.trailing(s.Start, s.Body[0].Range().Start-1)
	name := l.helper("attempted")
	head := "def " + name + "():"
	for _, c := range before {
		l.out.emit(-1, seg{c, -1})
	}
	if after != "" {
		head += "  " + after
	}
	l.out.emit(s.Start, seg{head, -1})
	done := l.enter(&flow{kind: flowClosure})
	l.body(s.Body, s.Handlers[0].Start)
	done()

	attempt := l.helper("attempt")
	var classes []ex
	bare := false
	for _, h := range s.Handlers {
		if h.Type == nil {
			bare = true
			continue
		}
		if t, ok := unparen(h.Type).(*syntax.Tuple); ok {
			for _, c := range t.Elts {
				classes = append(classes, l.classes(c))
			}
			continue
		}
		classes = append(classes, l.classes(h.Type))
	}
	if bare {
		classes = []ex{txt("py.BaseException")}
	}
	l.out.emit(s.Start, cat(attempt+" = ", at("py.attempt(", s.Start), name+", ", commas(classes), ")").s...)
	word := "if "
	for i, h := range s.Handlers {
		cond := txt(attempt + ".failed")
		if len(s.Handlers) > 1 && h.Type != nil {
			cond = cat(attempt+".caught(", l.classes(h.Type), ")")
		}
		l.header(h.Start, h.Body[0].Range().Start-1, cat(word, cond, ":"))
		word = "elif "
		l.out.indent++
		if h.Name != "" {
			if v := l.handlers[&s.Handlers[i]]; len(v.reads) > 0 {
				l.out.emit(h.Start, cat(l.variable(v, h.Start), " = "+attempt+".error").s...)
			}
		}
		l.out.indent--
		limit := next
		if i+1 < len(s.Handlers) {
			limit = s.Handlers[i+1].Start
		} else if len(s.Else) > 0 {
			limit = s.Else[0].Range().Start
		}
		outer := l.handling
		l.handling = attempt + ".error"
		l.body(h.Body, limit)
		l.handling = outer
		if l.deleting[&s.Handlers[i]] {
			l.out.indent++
			l.out.emit(-1, cat(l.variable(l.handlers[&s.Handlers[i]], -1), " = py.deleted").s...)
			l.out.indent--
		}
	}
	e := exitsOf(s.Body)
	if len(s.Else) == 0 {
		l.leave(s, attempt, e)
		return
	}
	if e.any() {
		l.leave(s, attempt, e)
		l.out.emit(s.Else[0].Range().Start, seg{"if not " + attempt + ".failed:", -1})
	} else {
		l.out.emit(s.Else[0].Range().Start, seg{"else:", -1})
	}
	l.body(s.Else, next)
}
