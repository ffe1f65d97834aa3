package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/spf13/cobra"
)

// sshProxyCommand returns the command for the ProxyCommand of an ssh without support for the addresses vsock-mux/PATH and
// unix/PATH of systemd-ssh-proxy(1).
func sshProxyCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "ssh-proxy ADDRESS PORT",
		Short:  "Connect standard input and output to a machine's SSH backdoor",
		Args:   cobra.ExactArgs(2),
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return sshProxy(cmd.Context(), args[0], args[1], cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// sshProxy copies in both directions until the server closes the connection or the context is done.
func sshProxy(ctx context.Context, address, port string, in io.Reader, out io.Writer) error {
	kind, path, _ := strings.Cut(address, "/")
	if kind != "vsock-mux" && kind != "unix" || path == "" {
		return fmt.Errorf("%q is not an address: it must begin with vsock-mux/ or unix/", address)
	}
	if path[0] != '/' {
		path = "/" + path
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("the machine is not running, or has no SSH backdoor: %w", err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	r := bufio.NewReader(c)
	if kind == "vsock-mux" {
		if _, err := fmt.Fprintf(c, "CONNECT %s\n", port); err != nil {
			return err
		}
		answer, err := r.ReadString('\n')
		if err != nil || !strings.HasPrefix(answer, "OK ") {
			return errors.New("nobody in the guest listens on the vsock port " + port + ": is its SSH server up?")
		}
	}
	go func() {
		_, _ = io.Copy(c, in) // ssh sees the end of the connection, whatever its reason
		_ = c.(*net.UnixConn).CloseWrite()
	}()
	_, err = io.Copy(out, r)
	return err
}
