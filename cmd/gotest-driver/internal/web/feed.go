package web

import "sync"

// Limits of the log that is kept for browsers which come late: rows and bytes.
const (
	feedRows  = 20_000
	feedBytes = 16 << 20
	feedBatch = 256 << 10 // bytes of one message
)

// feed has the last rows of the log.
type feed struct {
	mu    sync.Mutex
	rows  [][]byte
	first int // the number of rows[0]
	bytes int
}

func (f *feed) add(row []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, row)
	f.bytes += len(row)
	if len(f.rows) <= feedRows && f.bytes <= feedBytes {
		return
	}
	drop := 0
	for n := len(f.rows)/10 + 1; drop < n || f.bytes > feedBytes && drop < len(f.rows)-1; drop++ {
		f.bytes -= len(f.rows[drop])
	}
	f.rows = append([][]byte(nil), f.rows[drop:]...)
	f.first += drop
}

// after returns rows from a number on, as many as one message may have, and the number of the next one. anew says that rows
// before them are gone which the reader has not seen.
func (f *feed) after(from int) (rows [][]byte, next int, anew bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if from < f.first {
		from, anew = f.first, true
	}
	size := 0
	for next = from; next-f.first < len(f.rows) && size < feedBatch; next++ {
		rows = append(rows, f.rows[next-f.first])
		size += len(f.rows[next-f.first])
	}
	return rows, next, anew
}
