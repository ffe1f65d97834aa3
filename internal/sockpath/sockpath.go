// Package sockpath knows how long the path of a Unix socket may be, and what to do about one that is too long.
package sockpath

import "fmt"

// Max is the longest path of a Unix socket, in bytes: sun_path of unix(7), less its final NUL.
const Max = 107

// Elsewhere ends an error about the directory in which a run has its sockets: what the user can do.
const Elsewhere = "choose another directory for temporary files by $TMPDIR ($XDG_RUNTIME_DIR where that is set)"

// Check returns an error when a socket can't have that path. more is how many bytes will come behind it, where the path
// is that of the socket's directory.
func Check(path string, more int) error {
	if n := len(path) + more; n > Max {
		return fmt.Errorf("the path of the socket is too long (%d bytes, at most %d): %s; %s", n, Max, path, Elsewhere)
	}
	return nil
}
