package pyrt

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

func (rt *Runtime) timeModule() *starlarkstruct.Module {
	now := func(name string) *starlark.Builtin {
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.Float(float64(time.Now().UnixNano()) / 1e9), nil
		})
	}
	nanos := func(name string) *starlark.Builtin {
		return rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt64(time.Now().UnixNano()), nil
		})
	}
	structTime := func(name string, zone func(time.Time) time.Time) *starlark.Builtin {
		return rt.pos(name, 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			t := time.Now()
			if len(a) == 1 && a[0] != starlark.None {
				s, ok := starlark.AsFloat(a[0])
				if !ok {
					return nil, rt.raise("TypeError", "'%s' object cannot be interpreted as an integer", typeName(a[0]))
				}
				t = time.Unix(0, int64(s*1e9))
			}
			return &datetime{rt: rt, t: zone(t)}, nil
		})
	}
	return namespace("time", starlark.StringDict{
		"time": now("time"), "monotonic": now("monotonic"), "perf_counter": now("perf_counter"),
		"process_time":    now("process_time"),
		"perf_counter_ns": nanos("perf_counter_ns"), "monotonic_ns": nanos("monotonic_ns"),
		"ctime": rt.pos("ctime", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			t := time.Now()
			if len(a) == 1 && a[0] != starlark.None {
				s, _ := starlark.AsFloat(a[0])
				t = time.Unix(0, int64(s*1e9))
			}
			return starlark.String(t.Format(time.ANSIC)), nil
		}),
		"asctime": rt.pos("asctime", 0, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			t := time.Now()
			if len(a) == 1 {
				d, ok := a[0].(*datetime)
				if !ok {
					return nil, rt.raise("TypeError", "Tuple or struct_time argument required")
				}
				t = d.t
			}
			return starlark.String(t.Format(time.ANSIC)), nil
		}),
		"mktime": rt.pos("mktime", 1, 1, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			d, ok := a[0].(*datetime)
			if !ok {
				return nil, rt.raise("TypeError", "Tuple or struct_time argument required")
			}
			t := d.t
			return starlark.Float(float64(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local).Unix())), nil
		}),
		"strptime": rt.pos("strptime", 2, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			t, err := rt.strptime(strArg(a, 0, ""), strArg(a, 1, ""))
			return &datetime{rt: rt, t: t}, err
		}),
		"time_ns": rt.pos("time_ns", 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.MakeInt64(time.Now().UnixNano()), nil
		}),
		"sleep": rt.pos("sleep", 1, 1, func(th *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			s, ok := starlark.AsFloat(a[0])
			if !ok {
				return nil, rt.raise("TypeError", "'%s' object cannot be interpreted as an integer", typeName(a[0]))
			}
			if s < 0 {
				return nil, rt.raise("ValueError", "sleep length must be non-negative")
			}
			ctx := rt.context(th)
			t := time.NewTimer(time.Duration(s * float64(time.Second)))
			defer t.Stop()
			return starlark.None, rt.block(th, func() error {
				select {
				case <-t.C:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			})
		}),
		"strftime": rt.pos("strftime", 1, 2, func(_ *starlark.Thread, a starlark.Tuple) (starlark.Value, error) {
			now := time.Now()
			if len(a) == 2 {
				d, ok := a[1].(*datetime)
				if !ok {
					return nil, rt.raise("TypeError", "Tuple or struct_time argument required")
				}
				now = d.t
			}
			return starlark.String(strftime(now, strArg(a, 0, ""))), nil
		}),
		"gmtime": structTime("gmtime", time.Time.UTC), "localtime": structTime("localtime", time.Time.Local),
	})
}

// strftime formats a time with the directives of C.
func strftime(t time.Time, f string) string {
	layouts := map[byte]string{
		'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'B': "January", 'b': "Jan",
		'A': "Monday", 'a': "Mon", 'I': "03", 'p': "PM", 'Z': "MST", 'z': "-0700", 'F': "2006-01-02", 'T': "15:04:05",
		'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05", 'D': "01/02/06", 'e': "_2", 'R': "15:04",
	}
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] != '%' || i+1 >= len(f) {
			b.WriteByte(f[i])
			continue
		}
		i++
		switch c := f[i]; c {
		case '%':
			b.WriteByte('%')
		case 'f':
			fmt.Fprintf(&b, "%06d", t.Nanosecond()/1000)
		case 'j':
			fmt.Fprintf(&b, "%03d", t.YearDay())
		case 's':
			fmt.Fprint(&b, t.Unix())
		case 'u':
			fmt.Fprint(&b, (int(t.Weekday())+6)%7+1)
		case 'w':
			fmt.Fprint(&b, int(t.Weekday()))
		default:
			if l, ok := layouts[c]; ok {
				b.WriteString(t.Format(l))
			} else {
				b.WriteString("%" + string(c))
			}
		}
	}
	return b.String()
}

// strptime reads a time with the directives of C that tests use.
func (rt *Runtime) strptime(s, f string) (time.Time, error) {
	layout := f
	for d, l := range map[string]string{
		"%Y": "2006", "%m": "1", "%d": "2", "%H": "15", "%M": "4", "%S": "5", "%y": "06", "%B": "January", "%b": "Jan", "%f": "000000",
		"%A": "Monday", "%a": "Mon", "%I": "3", "%p": "PM", "%Z": "MST", "%z": "-0700", "%%": "%", "%T": "15:04:05", "%F": "2006-01-02",
	} {
		layout = strings.ReplaceAll(layout, d, l)
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return t, rt.raise("ValueError", "time data %s does not match format %s", quoteString(s), quoteString(f))
	}
	return t, nil
}
