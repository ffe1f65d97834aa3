package suite

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// duration is a number of seconds, or a text such as "10m".
type duration struct{ time.Duration }

// UnmarshalText reads both forms.
func (d *duration) UnmarshalText(b []byte) error {
	v, err := ParseDuration(string(b))
	d.Duration = v
	return err
}

// ParseDuration reads a number of seconds, or a text such as "90s", "10m" or "1h30m".
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if n, nerr := strconv.ParseFloat(text, 64); nerr == nil {
		if !(n <= math.MaxInt64/float64(time.Second)) {
			return 0, fmt.Errorf("%s is too long", text)
		}
		d, err = time.Duration(n*float64(time.Second)), nil
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no duration: want seconds, or a text such as \"10m\"", text)
	}
	return d, nil
}

// size is a number of MiB, or a text such as "6G".
type size struct{ bytes int64 }

// UnmarshalText reads both forms.
func (s *size) UnmarshalText(b []byte) error {
	n, err := ParseSize(string(b))
	s.bytes = n
	return err
}

// ParseSize reads a number of MiB, or one with K, M, G or T behind it, and returns bytes.
func ParseSize(text string) (int64, error) {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(text), "B"), "i")
	shift := 20
	if n := len(number); n > 0 {
		if i := strings.IndexByte("KMGT", number[n-1]&^0x20); i >= 0 {
			shift, number = 10*(i+1), number[:n-1]
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if n *= float64(int64(1) << shift); err != nil || !(n >= 1 && n < 1<<62) {
		return 0, fmt.Errorf("%q is no size: want MiB, or a text such as \"6G\"", text)
	}
	return int64(n), nil
}
