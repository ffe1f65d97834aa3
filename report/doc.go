// Package report carries everything that happens in a run as one stream of events, and writes that stream to sinks: the
// terminal, an XML log, JUnit, JSON lines, HTML. Sinks only read events; none knows another.
//
// [NewLog] makes a [Log] of sinks, such as [NewPlain] for lines and [Outputs.Sinks] for files; the nil Log drops
// everything. What lasts is an entry: [Log.Begin] opens it and returns a context that what belongs to it is logged
// with, [Span.End] closes it. A program's own sink implements [Sink].
//
// A JSON log holds all events: [Replay] makes the reports of a run from its log.
package report
