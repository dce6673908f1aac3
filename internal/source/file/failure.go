package file

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"holdfast/internal/source"
)

// What can be wrong with a file as a whole.
var (
	errEmpty     = errors.New("the file is empty")
	errNotAFile  = errors.New("not a file")
	errUTF16     = errors.New("the file is UTF-16")
	errChanged   = errors.New("the file has changed")
	errBadCursor = errors.New("the cursor does not fit the file")
	errReplanned = errors.New("the file has changed since it was cut into parts")
)

// cutError tells of a text that ends in the middle of a record.
type cutError struct{ at position }

// Error names the record.
func (e *cutError) Error() string { return "the record at " + e.at.String() + " is not complete" }

// quoteError tells of a quote that swallowed what follows.
type quoteError struct {
	at     position
	sample []byte
}

// Error names the row.
func (e *quoteError) Error() string {
	return "the quotes of the row at " + e.at.String() + " do not match"
}

// tooLargeError tells of a record beyond the limit.
type tooLargeError struct {
	at     position
	max    int
	sample []byte
}

// Error names the record and the limit.
func (e *tooLargeError) Error() string {
	return fmt.Sprintf("the record at %s has more than %d bytes", e.at, e.max)
}

// headerError tells what is wrong with a CSV header.
type headerError struct{ reason string }

// Error names the line and the problem.
func (e *headerError) Error() string { return "the header (line 1) " + e.reason }

// structureError tells of a JSON document that is built otherwise than configured.
type structureError struct{ reason string }

// Error names the problem.
func (e *structureError) Error() string { return e.reason }

// syntaxError tells of a document that is no JSON.
type syntaxError struct {
	at     position
	err    error
	sample []byte
}

// Error names the place and the problem.
func (e *syntaxError) Error() string { return e.at.String() + ": " + e.err.Error() }

// Unwrap returns the decoder's error.
func (e *syntaxError) Unwrap() error { return e.err }

// gzipFailure tells the errors of decompression from those of the disk.
func gzipFailure(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// failure turns an error into one that says what it means for the job and what
// to do about it. It is the only place that does.
func (s *fileSource) failure(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if e, ok := errors.AsType[*source.Error](err); ok {
		return e
	}
	for _, known := range []func(error) *source.Error{s.fileFailure, s.changeFailure, s.contentFailure} {
		if e := known(err); e != nil {
			return e
		}
	}
	return &source.Error{Kind: source.Transient, Code: "file_unreadable", Message: "reading " + s.label + " failed", Err: err}
}

// fileFailure explains a path that leads to no readable file.
func (s *fileSource) fileFailure(err error) *source.Error {
	e := &source.Error{Kind: source.Configuration}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code = "file_not_found"
		e.Message = fmt.Sprintf("there is no file %s (looked for at %s); correct path, or put the file there", s.label, s.path)
	case errors.Is(err, fs.ErrPermission):
		e.Code = "file_forbidden"
		e.Message = fmt.Sprintf("%s may not be read (%s); let the worker's user read it", s.label, s.path)
	case errors.Is(err, errNotAFile):
		e.Code = "not_a_file"
		e.Message = s.label + " is a folder or a device; write the path of a file"
	case errors.Is(err, errUTF16):
		e.Code = "file_encoding"
		e.Message = s.label + " is UTF-16; save it as UTF-8"
	case errors.Is(err, gzip.ErrHeader):
		e.Code = "not_gzip"
		e.Message = s.label + " is not compressed with gzip; write compression: none, or compress it"
	default:
		return nil
	}
	return e
}

// changeFailure explains a file that is no longer the one that was begun.
func (s *fileSource) changeFailure(err error) *source.Error {
	switch {
	case errors.Is(err, errChanged):
		return &source.Error{Kind: source.Expired, Code: "file_changed", Message: s.label +
			" was changed while it was listed, and is listed from its start again; replace it by renaming a complete file over it"}
	case errors.Is(err, errBadCursor):
		return &source.Error{Kind: source.Expired, Code: "bad_cursor", Message: "the position in " + s.label +
			" cannot be found, and it is listed from its start again"}
	case errors.Is(err, errReplanned):
		return &source.Error{Kind: source.Configuration, Code: "file_replaced", Message: s.label +
			" was changed after it had been cut into partitions; sync it again"}
	}
	return nil
}

// contentFailure explains a content that cannot be read.
func (s *fileSource) contentFailure(err error) *source.Error {
	header, isHeader := errors.AsType[*headerError](err)
	structure, isStructure := errors.AsType[*structureError](err)
	cut, isCut := errors.AsType[*cutError](err)
	quote, isQuote := errors.AsType[*quoteError](err)
	tooLarge, isTooLarge := errors.AsType[*tooLargeError](err)
	syntax, isSyntax := errors.AsType[*syntaxError](err)
	switch {
	case isHeader:
		return s.newError(source.Configuration, "bad_header", header.Error())
	case isStructure:
		return s.newError(source.Configuration, "bad_structure", structure.Error())
	case isCut:
		return s.newError(source.Transient, "file_cut", "it ends in the middle of a record: "+cut.Error()+
			"; is it still being written?")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s.newError(source.Transient, "file_cut", "the compressed data ends too soon; is it still being written?")
	case errors.Is(err, errEmpty):
		return s.badContent("file_empty", []byte("(nothing)"), "it holds nothing at all, which is no empty listing; "+
			"an empty listing is a header alone (csv) or [] (json)")
	case isQuote:
		return s.badContent("bad_quotes", quote.sample, quote.Error()+
			", and what is one row can no longer be told; double each quote within a quoted field")
	case isTooLarge:
		return s.badContent("record_too_large", tooLarge.sample, tooLarge.Error()+
			"; look for a missing quote or line break there, or raise max_record_size")
	case isSyntax:
		return s.badContent("not_json", syntax.sample, syntax.Error())
	case errors.Is(err, gzip.ErrChecksum):
		return s.badContent("bad_gzip", []byte("(compressed)"), "the compressed data is damaged; write the file again")
	}
	return nil
}

func (s *fileSource) newError(kind source.Kind, code, message string) *source.Error {
	return &source.Error{Kind: kind, Code: code, Message: s.label + " cannot be used: " + message}
}

// badContent explains a content that reads otherwise than its format has it,
// with the beginning of what could not be read.
func (s *fileSource) badContent(code string, sample []byte, message string) *source.Error {
	const most = 256
	e := s.newError(source.Contract, code, message)
	e.Sample = strings.ToValidUTF8(string(sample[:min(len(sample), most)]), "")
	return e
}
