package pyrt

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// timedelta is a value of datetime.timedelta.
type timedelta struct {
	rt *Runtime
	d  time.Duration
}

func (d *timedelta) parts() (days, secs, micros int) {
	us := d.d.Microseconds()
	day := int64(24 * 3600 * 1e6)
	days = int(us / day)
	us %= day
	if us < 0 {
		us += day
		days--
	}
	return days, int(us / 1e6), int(us % 1e6)
}

func (d *timedelta) String() string {
	days, secs, us := d.parts()
	var p []string
	for _, x := range []struct {
		n string
		v int
	}{{"days", days}, {"seconds", secs}, {"microseconds", us}} {
		if x.v != 0 {
			p = append(p, fmt.Sprintf("%s=%d", x.n, x.v))
		}
	}
	if p == nil {
		p = []string{"0"}
	}
	return "datetime.timedelta(" + strings.Join(p, ", ") + ")"
}
func (d *timedelta) text() string {
	days, secs, us := d.parts()
	s := fmt.Sprintf("%d:%02d:%02d", secs/3600, secs/60%60, secs%60)
	if us > 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	if days != 0 {
		unit := "days"
		if days == 1 || days == -1 {
			unit = "day"
		}
		s = strconv.Itoa(days) + " " + unit + ", " + s
	}
	return s
}
func (d *timedelta) Type() string          { return "timedelta" }
func (d *timedelta) Freeze()               {}
func (d *timedelta) Truth() starlark.Bool  { return d.d != 0 }
func (d *timedelta) Hash() (uint32, error) { return uint32(d.d), nil }
func (d *timedelta) AttrNames() []string {
	return []string{"days", "microseconds", "seconds", "total_seconds"}
}
func (d *timedelta) Attr(name string) (starlark.Value, error) {
	days, secs, us := d.parts()
	switch name {
	case "days":
		return starlark.MakeInt(days), nil
	case "seconds":
		return starlark.MakeInt(secs), nil
	case "microseconds":
		return starlark.MakeInt(us), nil
	case "total_seconds":
		return d.rt.pos(name, 0, 0, func(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
			return starlark.Float(d.d.Seconds()), nil
		}), nil
	}
	return nil, nil
}

// CompareSameType compares lengths.
func (d *timedelta) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return compareResult(op, int(max(min(d.d-y.(*timedelta).d, 1), -1))), nil
}

// Binary adds, subtracts, multiplies and divides.
func (d *timedelta) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if e, ok := y.(*timedelta); ok {
		switch op {
		case syntax.PLUS:
			return &timedelta{d.rt, d.d + e.d}, nil
		case syntax.MINUS:
			return &timedelta{d.rt, d.d - e.d}, nil
		case syntax.SLASH:
			return starlark.Float(float64(d.d) / float64(e.d)), nil
		}
	}
	if f, ok := starlark.AsFloat(y); ok {
		switch {
		case op == syntax.STAR:
			return &timedelta{d.rt, time.Duration(float64(d.d) * f)}, nil
		case op == syntax.SLASH && side == starlark.Left && f != 0:
			return &timedelta{d.rt, time.Duration(float64(d.d) / f)}, nil
		}
	}
	return nil, nil
}

// Unary negates.
func (d *timedelta) Unary(op syntax.Token) (starlark.Value, error) {
	if op == syntax.MINUS {
		return &timedelta{d.rt, -d.d}, nil
	}
	return nil, nil
}
