package shell

import "fmt"

// ask sends the worker a line.
func (s *Session) ask(format string, args ...any) {
	line := fmt.Sprintf(format, args...) + "\n"
	if s.port == s.console {
		line = "#" + line // a comment, if a root shell reads it
	}
	s.tell(line, false)
}

// consolePart is the number of bytes of a text that go over the console at a time: the guest's terminal holds 4096
// characters, and may lose further ones until these are read.
const consolePart = 768

// send sends the worker a line with the length of a text, and the text: in one piece if possible, because each piece
// interrupts the guest.
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

// message is a message to the worker.
type message struct {
	text  string
	acked bool // the worker must acknowledge it before the next one is sent
}

// tell sends the worker a message, after all acknowledgements of earlier messages.
func (s *Session) tell(text string, acked bool) {
	s.outbox = append(s.outbox, message{text, acked})
	s.sendOut(false)
}

// sendOut sends the messages that may be sent now. acked reports whether the worker has read all so far.
func (s *Session) sendOut(acked bool) {
	s.unread = s.unread && !acked
	for len(s.outbox) > 0 && !s.unread {
		m := s.outbox[0]
		s.outbox, s.unread = s.outbox[1:], m.acked
		s.port.send(m.text)
	}
}

// octal encodes text for printf %b, so that a shell understands no part of it.
func octal(text string) string {
	out := make([]byte, 0, 4*len(text))
	for _, c := range []byte(text) {
		out = append(out, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
	}
	return string(out)
}
