package pyrt

import (
	"fmt"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// datetime is a value of datetime.datetime, or of datetime.date.
type datetime struct {
	rt    *Runtime
	t     time.Time
	aware bool
	date  bool
}

func (d *datetime) String() string {
	if d.date {
		return fmt.Sprintf("datetime.date(%d, %d, %d)", d.t.Year(), d.t.Month(), d.t.Day())
	}
	s := fmt.Sprintf("datetime.datetime(%d, %d, %d, %d, %d", d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute())
	if us := d.t.Nanosecond() / 1000; us > 0 {
		s += fmt.Sprintf(", %d, %d", d.t.Second(), us)
	} else if d.t.Second() > 0 {
		s += fmt.Sprintf(", %d", d.t.Second())
	}
	if d.aware {
		s += ", tzinfo=datetime.timezone.utc"
	}
	return s + ")"
}
func (d *datetime) text() string             { return d.iso(" ") }
func (d *datetime) strftime(f string) string { return strftime(d.t, f) }
func (d *datetime) Type() string {
	if d.date {
		return "date"
	}
	return "datetime"
}
func (d *datetime) Freeze()               {}
func (d *datetime) Truth() starlark.Bool  { return true }
func (d *datetime) Hash() (uint32, error) { return uint32(d.t.UnixNano()), nil }

func (d *datetime) iso(sep string) string {
	if d.date {
		return d.t.Format("2006-01-02")
	}
	s := d.t.Format("2006-01-02") + sep + d.t.Format("15:04:05")
	if us := d.t.Nanosecond() / 1000; us > 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	if d.aware {
		s += d.t.Format("-07:00")
	}
	return s
}

// structFields are the fields of time.struct_time.
var structFields = strings.NewReplacer("tm_year", "year", "tm_mon", "month", "tm_mday", "day", "tm_hour", "hour", "tm_min", "minute", "tm_sec", "second")

func (d *datetime) AttrNames() []string {
	return []string{"date", "day", "hour", "isoformat", "microsecond", "minute", "month", "replace", "second", "strftime", "timestamp", "weekday", "year"}
}

func (d *datetime) Attr(name string) (starlark.Value, error) {
	name = structFields.Replace(name)
	n := map[string]int{"year": d.t.Year(), "month": int(d.t.Month()), "day": d.t.Day(), "hour": d.t.Hour(), "minute": d.t.Minute(), "second": d.t.Second(), "microsecond": d.t.Nanosecond() / 1000}
	if v, ok := n[name]; ok {
		return starlark.MakeInt(v), nil
	}
	fn := func(f func(a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error)) (starlark.Value, error) {
		return d.rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			return f(a, kw)
		}), nil
	}
	switch name {
	case "isoformat":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return starlark.String(d.iso(strArg(a, 0, "T"))), nil
		})
	case "strftime":
		return fn(func(a starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return starlark.String(d.strftime(strArg(a, 0, ""))), nil
		})
	case "timestamp":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.Float(float64(d.t.UnixNano()) / 1e9), nil
		})
	case "isoweekday":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt((int(d.t.Weekday())+6)%7 + 1), nil
		})
	case "toordinal":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt64(time.Date(d.t.Year(), d.t.Month(), d.t.Day(), 0, 0, 0, 0, time.UTC).Unix()/86400 + 719163), nil
		})
	case "timetuple", "utctimetuple":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return &datetime{rt: d.rt, t: d.t}, nil
		})
	case "tm_wday":
		return starlark.MakeInt((int(d.t.Weekday()) + 6) % 7), nil
	case "tm_yday":
		return starlark.MakeInt(d.t.YearDay()), nil
	case "tzinfo":
		if d.aware {
			return starlark.String("UTC"), nil
		}
		return starlark.None, nil
	case "weekday":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt((int(d.t.Weekday()) + 6) % 7), nil
		})
	case "date":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return &datetime{rt: d.rt, t: time.Date(d.t.Year(), d.t.Month(), d.t.Day(), 0, 0, 0, 0, time.UTC), date: true}, nil
		})
	case "timetz", "time":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) { return d.timeOfDay() })
	case "astimezone":
		return fn(func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
			return &datetime{rt: d.rt, t: d.t.UTC(), aware: true}, nil
		})
	case "replace":
		return fn(func(_ starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			get := func(k string, def int) int {
				if v, ok := kwarg(kw, k); ok {
					def, _ = starlark.AsInt32(v)
				}
				return def
			}
			tz, set := kwarg(kw, "tzinfo")
			t := time.Date(get("year", d.t.Year()), time.Month(get("month", int(d.t.Month()))), get("day", d.t.Day()), get("hour", d.t.Hour()), get("minute", d.t.Minute()), get("second", d.t.Second()), 1000*get("microsecond", d.t.Nanosecond()/1000), d.t.Location())
			return &datetime{rt: d.rt, t: t, aware: d.aware && !set || set && tz != starlark.None, date: d.date}, nil
		})
	}
	return nil, nil
}

// timeOfDay makes a datetime.time, which is a class of the library.
func (d *datetime) timeOfDay() (starlark.Value, error) {
	m, ok := d.rt.module.Members["datetime"].(*libraryModule)
	if !ok {
		return nil, d.rt.raise("NotImplementedError", "datetime.time is not there")
	}
	class, err := m.Attr("time")
	if err != nil {
		return nil, err
	}
	args := starlark.Tuple{starlark.MakeInt(d.t.Hour()), starlark.MakeInt(d.t.Minute()), starlark.MakeInt(d.t.Second()), starlark.MakeInt(d.t.Nanosecond() / 1000)}
	return starlark.Call(d.rt.thread, class, args, nil)
}

// CompareSameType compares points in time.
func (d *datetime) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return compareResult(op, d.t.Compare(y.(*datetime).t)), nil
}

func compareResult(op syntax.Token, c int) bool {
	switch op {
	case syntax.EQL:
		return c == 0
	case syntax.NEQ:
		return c != 0
	case syntax.LT:
		return c < 0
	case syntax.LE:
		return c <= 0
	case syntax.GT:
		return c > 0
	}
	return c >= 0
}

// Binary adds and subtracts.
func (d *datetime) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case *timedelta:
		if op == syntax.PLUS {
			return &datetime{d.rt, d.t.Add(y.d), d.aware, d.date}, nil
		}
		if op == syntax.MINUS && side == starlark.Left {
			return &datetime{d.rt, d.t.Add(-y.d), d.aware, d.date}, nil
		}
	case *datetime:
		if op == syntax.MINUS && side == starlark.Left {
			return &timedelta{d.rt, d.t.Sub(y.t)}, nil
		}
	}
	return nil, nil
}

// typeObject is a class with functions of its own, such as datetime.datetime.
type typeObject struct {
	name    string
	make    *starlark.Builtin
	members starlark.StringDict
}

func (t *typeObject) String() string        { return "<class '" + t.name + "'>" }
func (t *typeObject) Type() string          { return "type" }
func (t *typeObject) Freeze()               {}
func (t *typeObject) Truth() starlark.Bool  { return true }
func (t *typeObject) Hash() (uint32, error) { return starlark.String(t.name).Hash() }
func (t *typeObject) Name() string          { return t.name }
func (t *typeObject) className() string     { return t.name }
func (t *typeObject) AttrNames() []string   { return sortedKeys(t.members) }
func (t *typeObject) Attr(n string) (starlark.Value, error) {
	if v, ok := t.members[n]; ok {
		return v, nil
	}
	return nil, nil
}

// CallInternal makes a value.
func (t *typeObject) CallInternal(th *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
	return starlark.Call(th, t.make, a, kw)
}

func (rt *Runtime) datetimeModule() *starlarkstruct.Module {
	ints := func(fn string, names []string, a starlark.Tuple, kw []starlark.Tuple, def ...int) ([]int, error) {
		v, err := rt.bind(fn, names, a, kw)
		if err != nil {
			return nil, err
		}
		out := make([]int, len(names))
		copy(out, def)
		for i, x := range v {
			if x != nil && i < len(out) && x.Type() == "int" {
				if out[i], err = starlark.AsInt32(x); err != nil {
					return nil, err
				}
			}
		}
		return out, nil
	}
	delta := rt.fn("timedelta", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		units := []time.Duration{24 * time.Hour, time.Second, time.Microsecond, time.Millisecond, time.Minute, time.Hour, 7 * 24 * time.Hour}
		v, err := rt.bind("timedelta", []string{"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"}, a, kw)
		if err != nil {
			return nil, err
		}
		var d time.Duration
		for i, x := range v {
			if x == nil {
				continue
			}
			f, ok := starlark.AsFloat(x)
			if !ok {
				return nil, rt.raise("TypeError", "unsupported type for timedelta component: %s", typeName(x))
			}
			d += time.Duration(f * float64(units[i]))
		}
		return &timedelta{rt, d}, nil
	})
	utc := starlark.String("UTC")
	at := func(name string, date bool) *starlark.Builtin {
		return rt.fn(name, func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			aware := len(a)+len(kw) > 0 && !date
			t := time.Now().Truncate(time.Microsecond)
			if aware || name == "utcnow" {
				t = t.UTC()
			}
			if date {
				t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
			}
			return &datetime{rt, t, aware, date}, nil
		})
	}
	dt := &typeObject{name: "datetime", members: starlark.StringDict{
		"now": at("now", false), "utcnow": at("utcnow", false), "today": at("today", false),
		"fromisoformat": rt.pos("fromisoformat", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s := strArg(a, 0, "")
			for _, l := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"} {
				for _, sep := range []string{"T", " "} {
					if t, err := time.Parse(strings.Replace(l, "T", sep, 1), s); err == nil {
						return &datetime{rt, t, strings.Contains(l, "Z07"), false}, nil
					}
				}
			}
			return nil, rt.raise("ValueError", "Invalid isoformat string: %s", quoteString(s))
		}),
		"fromtimestamp": rt.fn("fromtimestamp", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
			f, _ := starlark.AsFloat(a[0])
			t := time.UnixMicro(int64(f * 1e6))
			aware := len(a)+len(kw) > 1
			if aware {
				t = t.UTC()
			}
			return &datetime{rt, t, aware, false}, nil
		}),
		"combine": rt.pos("combine", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			day, ok := a[0].(*datetime)
			clock, has := a[1].(starlark.HasAttrs)
			if !ok || !has {
				return nil, rt.raise("TypeError", "combine() takes a date and a time")
			}
			var n [4]int
			for i, name := range []string{"hour", "minute", "second", "microsecond"} {
				v, err := clock.Attr(name)
				if err != nil {
					return nil, err
				}
				if n[i], err = starlark.AsInt32(v); err != nil {
					return nil, rt.raise("TypeError", "combine() takes a date and a time")
				}
			}
			return &datetime{rt, time.Date(day.t.Year(), day.t.Month(), day.t.Day(), n[0], n[1], n[2], n[3]*1000, time.UTC), false, false}, nil
		}),
		"strptime": rt.pos("strptime", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			t, err := rt.strptime(strArg(a, 0, ""), strArg(a, 1, ""))
			return &datetime{rt, t, strings.Contains(strArg(a, 1, ""), "%z"), false}, err
		}),
	}}
	dt.make = rt.fn("datetime", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		n, err := ints("datetime", []string{"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"}, a, kw)
		if err != nil {
			return nil, err
		}
		tz, _ := kwarg(kw, "tzinfo")
		return &datetime{rt, time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*1000, time.UTC), len(a) > 7 || tz != nil && tz != starlark.None, false}, nil
	})
	date := &typeObject{name: "date", members: starlark.StringDict{
		"today": at("today", true),
		"fromisoformat": rt.pos("fromisoformat", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			t, err := time.Parse("2006-01-02", strArg(a, 0, ""))
			if err != nil {
				return nil, rt.raise("ValueError", "Invalid isoformat string: %s", quoteString(strArg(a, 0, "")))
			}
			return &datetime{rt, t, false, true}, nil
		}),
	}}
	date.make = rt.fn("date", func(_ *starlark.Thread, a starlark.Tuple, kw []starlark.Tuple) (starlark.Value, error) {
		n, err := ints("date", []string{"year", "month", "day"}, a, kw)
		if err != nil {
			return nil, err
		}
		return &datetime{rt, time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC), false, true}, nil
	})
	return namespace("datetime", starlark.StringDict{
		"datetime": dt, "date": date, "UTC": utc,
		"timedelta": &typeObject{name: "timedelta", make: delta, members: starlark.StringDict{}},
		"timezone":  namespace("timezone", starlark.StringDict{"utc": utc}),
	})
}
