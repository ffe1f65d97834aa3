package machine

import (
	"errors"
	"testing"
	"time"
)

// limited is a pattern whose engine gives up.
type limited struct{ err error }

func (limited) String() string                                 { return "(a+)+b" }
func (limited) FindAllStringIndex(string, int) [][]int         { return nil }
func (l limited) SearchAll(string, int) (_ [][]int, err error) { return nil, l.err }

// TestFailingPattern: a search that was given up is an error, not a text without a match.
func TestFailingPattern(t *testing.T) {
	m, _ := showing(t, "console/720x400-login-dark")
	gaveUp := errors.New("too many steps")
	re := limited{gaveUp}
	w := Wait{Timeout: time.Minute}
	_, find := m.FindText(t.Context(), re)
	_, click := m.ClickText(t.Context(), re, "left", w)
	for call, err := range map[string]error{
		"FindText": find, "ClickText": click, "WaitForText": m.WaitForText(t.Context(), re, w),
		"WaitForConsoleText": m.WaitForConsoleText(t.Context(), re, w),
	} {
		if !errors.Is(err, gaveUp) {
			t.Errorf("%s returned %v", call, err)
		}
	}
}
