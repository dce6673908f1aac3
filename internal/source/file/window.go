package file

import (
	"bytes"
	"errors"
	"io"
)

// readAhead is the size of the buffers between the file and the records.
const readAhead = 64 << 10

// window is a reader that keeps the bytes of the record at hand, so that its
// raw form is there whatever the parser behind it makes of them. It ends a
// record that does not end: without that, one quote too many would read the
// rest of a file into memory.
type window struct {
	text io.Reader
	max  int
	// at is the place of the first byte that is kept.
	at position
	// kept[start:] are the bytes that were read but not yet cut off.
	kept  []byte
	start int
	// ended tells that the text has been read to its end.
	ended bool
}

// Read reads on and keeps what it reads.
func (w *window) Read(p []byte) (int, error) {
	// The parser's own buffer may hold the start of the next record.
	if len(w.kept)-w.start > w.max+2*readAhead {
		return 0, &tooLargeError{at: w.at, max: w.max, sample: w.kept[w.start:]}
	}
	if w.start > len(w.kept)/2 {
		w.kept = append(w.kept[:0], w.kept[w.start:]...)
		w.start = 0
	}
	n, err := w.text.Read(p)
	w.kept = append(w.kept, p[:n]...)
	w.ended = w.ended || errors.Is(err, io.EOF)
	return n, err
}

// upTo returns the bytes from the last cut up to an offset of the text. They
// stay valid until the next read.
func (w *window) upTo(offset int64) []byte {
	return w.kept[w.start : w.start+int(offset-w.at.offset)]
}

// cut forgets the bytes before an offset and returns them; they stay valid until
// the next read.
func (w *window) cut(offset int64) ([]byte, error) {
	passed := w.upTo(offset)
	at := w.at
	w.at = w.at.after(passed)
	w.start += len(passed)
	if len(passed) > w.max {
		return nil, &tooLargeError{at: at, max: w.max, sample: passed}
	}
	return passed, nil
}

// atEnd tells that nothing follows the last cut.
func (w *window) atEnd() bool { return w.ended && w.start == len(w.kept) }

// line cuts the next line with its line break; the last line may have none.
// After the last one it returns [io.EOF].
func (w *window) line(buffer []byte) ([]byte, error) {
	searched := w.start
	for {
		if i := bytes.IndexByte(w.kept[searched:], '\n'); i >= 0 {
			return w.cut(w.at.offset + int64(searched-w.start+i+1))
		}
		if w.ended {
			break
		}
		pending := len(w.kept) - w.start
		if _, err := w.Read(buffer); err != nil && !w.ended {
			return nil, err
		}
		searched = w.start + pending
	}
	if w.atEnd() {
		return nil, io.EOF
	}
	return w.cut(w.at.offset + int64(len(w.kept)-w.start))
}
