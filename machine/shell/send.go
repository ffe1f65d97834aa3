package shell

import "fmt"

// ask sends the worker a line.
func (s *Session) ask(format string, args ...any) {
	line := fmt.Sprintf(format, args...) + "\n"
	if s.port == s.console {
		line = "#" + line // should a root shell read it, it is a comment
	}
	s.tell(line, false)
}

// consolePart is how many bytes of a text go over the console at a time: the guest's terminal takes 4096 characters, and
// may lose what comes before these have been read.
const consolePart = 768

// send sends the worker a line, and a text of a length that this tells: both at once where that is possible, for a guest is
// interrupted for each piece.
func (s *Session) send(op string, command any, text, rest string) {
	line := fmt.Sprintf("%s %v %d%s", op, command, len(text), rest)
	if s.port != s.console {
		s.tell(line+"\n"+text, false)
		return
	}
	s.ask("%s", line)
	for len(text) > 0 {
		n := min(consolePart, len(text))
		s.tell("#"+octal(text[:n])+"\n", true)
		text = text[n:]
	}
}

// message is what the worker is sent.
type message struct {
	text  string
	acked bool // nothing more is sent before the worker has read it
}

// tell sends the worker a message when those before it have been acknowledged that must be.
func (s *Session) tell(text string, acked bool) {
	s.outbox = append(s.outbox, message{text, acked})
	s.sendOut(false)
}

// sendOut sends what may be sent. acked tells that the worker has read all so far.
func (s *Session) sendOut(acked bool) {
	s.unread = s.unread && !acked
	for len(s.outbox) > 0 && !s.unread {
		m := s.outbox[0]
		s.outbox, s.unread = s.outbox[1:], m.acked
		s.port.send(m.text)
	}
}

// octal makes text that a shell would not understand, nor any end of it, for printf %b.
func octal(text string) string {
	out := make([]byte, 0, 4*len(text))
	for _, c := range []byte(text) {
		out = append(out, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
	}
	return string(out)
}
