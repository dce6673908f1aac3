package file

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// fingerprintBytes is how much of a file's beginning its fingerprint covers.
const fingerprintBytes = 64 << 10

// input is the open file as a stream of its text.
type input struct {
	ctx    context.Context //nolint:containedctx // it lives as long as one iteration, and ends reads in the middle
	file   *os.File
	zipped bool
	// cut says that the file may be read in parts.
	cut  bool
	info fs.FileInfo
	// fingerprint names this very content.
	fingerprint string
}

// open opens the file and takes its fingerprint.
func (s *fileSource) open(ctx context.Context) (*input, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	in := &input{ctx: ctx, file: file, zipped: s.zipped, cut: s.format == formatNDJSON && !s.zipped}
	if err := in.identify(); err != nil {
		_ = file.Close() // it was only read
		return nil, err
	}
	return in, nil
}

func (in *input) identify() error {
	info, err := in.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errNotAFile
	}
	if info.Size() == 0 {
		return errEmpty
	}
	sum := sha256.New()
	if _, err := fmt.Fprintf(sum, "%d %d\n", info.Size(), info.ModTime().UnixNano()); err != nil {
		return err
	}
	if _, err := io.Copy(sum, io.NewSectionReader(in.file, 0, fingerprintBytes)); err != nil {
		return err
	}
	in.info, in.fingerprint = info, hex.EncodeToString(sum.Sum(nil)[:12])
	return nil
}

// Close releases the file, which was only read.
func (in *input) Close() error { return in.file.Close() }

// Read reads the file as it lies on the disk, until the context ends.
func (in *input) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	return in.file.Read(p)
}

// unchanged returns an error if the file was written to since it was opened. A
// file that was renamed over is not noticed and need not be: what is open is the
// old one, whole.
func (in *input) unchanged() error {
	info, err := in.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != in.info.Size() || !info.ModTime().Equal(in.info.ModTime()) {
		return errChanged
	}
	return nil
}

// text returns the decompressed text from a position on. At the beginning of
// the file a byte order mark is skipped, and the position moved behind it.
func (in *input) text(at *position) (*bufio.Reader, error) {
	start := at.offset
	if in.zipped {
		start = 0
	}
	if _, err := in.file.Seek(start, io.SeekStart); err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(in, readAhead)
	if in.zipped {
		// A short file that is no gzip at all would pass for one that is cut.
		if magic, _ := text.Peek(2); len(magic) == 2 && !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
			return nil, gzip.ErrHeader
		}
		unzipped, err := gzip.NewReader(text)
		if err != nil {
			return nil, gzipFailure(err)
		}
		text = bufio.NewReaderSize(unzipped, readAhead)
		if _, err := io.CopyN(io.Discard, text, at.offset); errors.Is(err, io.EOF) {
			return nil, errBadCursor
		} else if err != nil {
			return nil, gzipFailure(err)
		}
	}
	return text, skipMark(text, at)
}

// skipMark skips a byte order mark and refuses UTF-16 by its own.
func skipMark(text *bufio.Reader, at *position) error {
	if at.offset > 0 {
		return nil
	}
	// An error will come again at the first read.
	start, _ := text.Peek(3)
	switch {
	case bytes.HasPrefix(start, []byte("\ufeff")):
		at.offset = 3
		_, err := text.Discard(3)
		return err
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return errUTF16
	}
	return nil
}
