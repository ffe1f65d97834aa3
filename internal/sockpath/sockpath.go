// Package sockpath checks the length of paths of Unix sockets.
package sockpath

import "fmt"

// Max is the longest path of a Unix socket, in bytes: sun_path of unix(7), without its final NUL.
const Max = 107

// Elsewhere is the end of an error about the directory of a run's sockets: what the user can do.
const Elsewhere = "choose another directory for temporary files by $TMPDIR ($XDG_RUNTIME_DIR where that is set)"

// Check returns an error when the path is too long for a socket. If path is the socket's directory, more is the number of
// bytes that follow it.
func Check(path string, more int) error {
	if n := len(path) + more; n > Max {
		return fmt.Errorf("the path of the socket is too long (%d bytes, at most %d): %s; %s", n, Max, path, Elsewhere)
	}
	return nil
}
