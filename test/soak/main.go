//go:build linux

package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	time   time.Duration
	seed   uint64
	from   uint64
	rounds uint64
	kinds  []string
	calm   bool
	busy   int
	patience
	out string
}

func main() {
	if kind := os.Getenv(kindEnv); kind != "" {
		os.Exit(child(kind))
	}
	var o options
	flag.DurationVar(&o.time, "time", time.Hour, "how long rounds are begun")
	flag.Uint64Var(&o.seed, "seed", 0, "the source of all decisions (default: the time)")
	flag.Uint64Var(&o.from, "from", 1, "the first round")
	flag.Uint64Var(&o.rounds, "rounds", 0, "how many rounds at most (default: no limit)")
	names := flag.String("kinds", strings.Join(kindNames(), ","), "the kinds of rounds, by turns")
	flag.BoolVar(&o.calm, "calm", false, "without busy loops, and stop nothing")
	flag.IntVar(&o.busy, "busy", 4, "the largest number of busy loops beside a round")
	flag.IntVar((*int)(&o.patience), "patience", 1, "multiplies the limits, on a slow host")
	flag.StringVar(&o.out, "out", filepath.Join(os.TempDir(), "soak"), "where the logs of failed rounds go")
	flag.Parse()
	o.kinds = strings.Split(*names, ",")
	for _, k := range o.kinds {
		if kinds[k] == nil {
			fmt.Fprintf(os.Stderr, "soak: there is no kind %q; there are: %s\n", k, strings.Join(kindNames(), ", "))
			os.Exit(2)
		}
	}
	if o.busy < 0 || o.patience < 1 {
		fmt.Fprintln(os.Stderr, "soak: -busy must be 0 or more, and -patience 1 or more")
		os.Exit(2)
	}
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "soak: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	failed, err := soak(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// soak runs the rounds and returns the number of failed ones.
func soak(ctx context.Context, o options) (failed int, err error) {
	fmt.Printf("soak: seed %d, for %s\n", o.seed, o.time)
	begin := time.Now()
	rounds := 0
	var all totals
	for n := o.from; ctx.Err() == nil && time.Since(begin) < o.time && (o.rounds == 0 || n < o.from+o.rounds); n++ {
		kind := o.kinds[(n-1)%uint64(len(o.kinds))]
		r := newRound(o, kind, n)
		start := time.Now()
		problems, err := r.run(ctx)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return failed, err
		}
		rounds++
		all.add(r.summary())
		fmt.Printf("round %d: %s, %d busy loops: %s, in %.0f s\n", n, kind, r.busy, r.summary(), time.Since(start).Seconds())
		if len(problems) == 0 {
			continue
		}
		failed++
		path, err := r.keepLog()
		if err != nil {
			return failed, err
		}
		fmt.Printf("FAILED: seed %d, round %d (%s)\n", o.seed, n, kind)
		for _, p := range problems {
			fmt.Println("  " + strings.ReplaceAll(p, "\n", "\n  "))
		}
		fmt.Printf("  the log ends with (all of it: %s)\n", path)
		lines := strings.Split(strings.TrimRight(r.log.String(), "\n"), "\n")
		for _, l := range lines[max(0, len(lines)-tailLines):] {
			fmt.Println("  | " + l)
		}
		more := fmt.Sprintf(" -busy %d -patience %d", o.busy, o.patience)
		if o.calm {
			more += " -calm"
		}
		fmt.Printf("  once more: go run ./test/soak -seed %d -from %d -rounds 1 -kinds %s%s\n", o.seed, n, strings.Join(o.kinds, ","), more)
	}
	fmt.Printf("soak: %d of %d rounds failed, seed %d, %s; in all %s\n", failed, rounds, o.seed, time.Since(begin).Round(time.Second), all.String())
	return failed, nil
}

// totals are the sums of the rounds' counts.
type totals struct {
	names []string // in the order of their first mention
	sums  map[string]int
}

// add adds the counts of a round's summary, such as "3 resets, 20 commands".
func (t *totals) add(summary string) {
	for part := range strings.SplitSeq(summary, ", ") {
		count, name, _ := strings.Cut(part, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			continue
		}
		if t.sums == nil {
			t.sums = map[string]int{}
		}
		if !slices.Contains(t.names, name) {
			t.names = append(t.names, name)
		}
		t.sums[name] += n
	}
}

func (t *totals) String() string {
	var parts []string
	for _, name := range t.names {
		parts = append(parts, fmt.Sprintf("%d %s", t.sums[name], name))
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}

// tailLines is the number of lines of a failed round's log that are shown.
const tailLines = 40

// source returns the random source for one part of a round, so that the parts do not influence each other.
func source(seed, round uint64, part string) *rand.Rand {
	var h uint64
	for _, c := range []byte(part) {
		h = h*131 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, round<<32^h))
}

// seconds returns a time between two.
func seconds(r *rand.Rand, least, most float64) time.Duration {
	return time.Duration((least + r.Float64()*(most-least)) * float64(time.Second))
}

func kindNames() []string {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
