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

// FromEnvironment is what the environment says about the terminal. Unknown tells that the terminal is to be asked
// (Query): what is None is then not certain.
func FromEnvironment(get func(string) string) (p Protocol, unknown bool) {
	term, program := get("TERM"), get("TERM_PROGRAM")
	switch {
	case term == "" || term == "dumb" || term == "linux":
		return None, false
	case get("TMUX") != "" || get("STY") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen"):
		// The variables are those of a terminal around it, of which there may be several; what it answers counts.
		return None, true
	case term == "xterm-kitty" || get("KITTY_WINDOW_ID") != "" || term == "xterm-ghostty" || program == "ghostty":
		return Kitty, false
	case program == "iTerm.app" || get("LC_TERMINAL") == "iTerm2" || program == "WezTerm":
		return ITerm2, false
	}
	return None, true
}

// Query asks a terminal what it is: DA1, the question that each has answered since the VT100. Others would be shown as
// text by terminals that don't know them.
const Query = "\x1b[c"

// Answer finds the answer to Query in what was read. Rest is the input without it, which the user has typed meanwhile;
// done reports whether the answer has come.
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
	// The first is the terminal's class; 4 among the others is for sixel.
	for n, attribute := range strings.Split(params[:len(params)-len(end)], ";") {
		if n > 0 && attribute == "4" {
			return Sixel, rest, true
		}
	}
	return None, rest, true
}
