package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestPoll(t *testing.T) {
	modes(t, func(t *testing.T, s *Session) {
		ctx := testContext(t)
		file := filepath.Join(t.TempDir(), "f")
		wait := Poll{Condition: fmt.Sprintf("[[ -e %s ]]", file)}

		wait.Timeout = 3 * time.Second
		res, err := s.Poll(ctx, wait)
		if err != nil || res.Held || res.Attempts < 2 {
			t.Errorf("not there: %+v, %v", res, err)
		}
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		var cut *CutError
		if res, err := s.Poll(short, wait); !errors.As(err, &cut) || res.Held {
			t.Errorf("cancelled: %+v, %v", res, err)
		}
		wait.Timeout = 0
		tried := file + ".tried"
		wait.Condition = fmt.Sprintf("%s || { : >%s; false; }", wait.Condition, tried)
		var writes sync.WaitGroup
		writes.Go(func() {
			for ctx.Err() == nil {
				if _, err := os.Stat(tried); err == nil {
					os.WriteFile(file, nil, 0o600)
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
		res, err = s.Poll(ctx, wait)
		writes.Wait()
		if err != nil || !res.Held || res.Attempts < 2 {
			t.Errorf("appears: %+v, %v", res, err)
		}
		if res, err = s.Poll(ctx, wait); err != nil || !res.Held || res.Attempts != 1 {
			t.Errorf("is there: %+v, %v", res, err)
		}
		if res, err := s.Poll(ctx, Poll{Condition: "if"}); err == nil {
			t.Errorf("syntax error: %+v", res)
		}
		if res, err := s.Poll(ctx, Poll{Condition: "echo $none; cat; true"}); err != nil || !res.Held || res.Attempts != 1 {
			t.Errorf("prints and reads: %+v, %v", res, err)
		}
	})
}
