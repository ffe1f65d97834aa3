package report

// growing is a file that is complete after every write: each write replaces the old ending by the new content
// and a new ending. A run that is killed at any moment therefore leaves a whole document, and so does a full disk.
// A file that is not regular gets its ending when it is closed.
type growing struct {
	*outFile
	off    int64 // offset of the ending
	size   int64
	ending string
	serial serialLimit
}

// createGrowing creates the file.
func createGrowing(path string) (*growing, error) {
	o, err := createFile(path)
	if err != nil {
		return nil, err
	}
	return &growing{outFile: o}, nil
}

// write appends content; ending completes the document until the next write.
func (g *growing) write(content, ending string) {
	if g.err != nil {
		return
	}
	if !g.regular {
		g.writeAt([]byte(content), 0, nil)
		g.ending = ending
		return
	}
	buf := append([]byte(content), ending...)
	// A document that gets shorter is filled up with line breaks, which may follow a root element: truncating the
	// file in a second step would leave it broken if the process is killed in between.
	for g.off+int64(len(buf)) < g.size {
		buf = append(buf, '\n')
	}
	g.writeAt(buf, g.off, func() {
		_, _ = g.f.WriteAt([]byte(g.ending), g.off)
		_ = g.f.Truncate(g.off + int64(len(g.ending)))
	})
	if g.err == nil {
		g.size = max(g.size, g.off+int64(len(buf)))
		g.off += int64(len(content))
		g.ending = ending
	}
}

// writeSerial appends a machine's serial line. If the machine has too many lines, the file gets shorter.
func (g *growing) writeSerial(machine, line, ending string) {
	off := g.off
	g.write(line, ending)
	if !g.whole || g.err != nil {
		return
	}
	m := g.serial.add(machine, off, len(line))
	if m == nil {
		return
	}
	off, err := g.serial.shorten(g.outFile, m, g.off, g.ending)
	if err != nil { // such as a full disk: the file is as it was
		g.serial.most = 0
		return
	}
	g.off, g.size = off, off+int64(len(g.ending))
}

// patch overwrites content at an offset.
func (g *growing) patch(at int64, content string) {
	if g.regular {
		g.writeAt([]byte(content), at, func() {})
	}
}

// close ends the document.
func (g *growing) close() error {
	switch {
	case g.err != nil:
	case g.regular:
		g.err = g.f.Truncate(g.off + int64(len(g.ending)))
	default:
		g.writeAt([]byte(g.ending), 0, nil)
	}
	return g.outFile.close()
}
