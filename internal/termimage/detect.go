package termimage

import "strings"

// Protocol is a way to show pictures in a terminal.
type Protocol string

// The protocols.
const (
	None   Protocol = ""
	Kitty  Protocol = "kitty"  // https://sw.kovidgoyal.net/kitty/graphics-protocol/
	ITerm2 Protocol = "iterm2" // https://iterm2.com/documentation-images.html
	Sixel  Protocol = "sixel"  // DEC's, the VT340 had it
)

// FromEnvironment returns the terminal's protocol according to the environment. If unknown is true, None is not certain and
// the terminal must be asked (Query).
func FromEnvironment(get func(string) string) (p Protocol, unknown bool) {
	term, program := get("TERM"), get("TERM_PROGRAM")
	switch {
	case term == "" || term == "dumb" || term == "linux":
		return None, false
	case get("TMUX") != "" || get("STY") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen"):
		// The variables are those of an outer terminal, of which there may be several; the answer decides.
		return None, true
	case term == "xterm-kitty" || get("KITTY_WINDOW_ID") != "" || term == "xterm-ghostty" || program == "ghostty":
		return Kitty, false
	case program == "iTerm.app" || get("LC_TERMINAL") == "iTerm2" || program == "WezTerm":
		return ITerm2, false
	}
	return None, true
}

// Query asks a terminal for its attributes: DA1, which all terminals have answered since the VT100. Terminals may show
// other queries as text if they don't know them.
const Query = "\x1b[c"

// Answer finds the answer to Query in the input. rest is the input without it, which the user has typed; done reports
// whether the answer has come.
func Answer(input string) (p Protocol, rest string, done bool) {
	i := strings.Index(input, "\x1b[?")
	if i < 0 {
		return None, input, false
	}
	params := input[i+len("\x1b[?"):]
	end := strings.TrimLeft(params, "0123456789;")
	if !strings.HasPrefix(end, "c") {
		return None, input, false
	}
	rest = input[:i] + end[1:]
	// The first attribute is the terminal's class; 4 among the others means sixel.
	for n, attribute := range strings.Split(params[:len(params)-len(end)], ";") {
		if n > 0 && attribute == "4" {
			return Sixel, rest, true
		}
	}
	return None, rest, true
}
