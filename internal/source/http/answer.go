package httpapi

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// answer is one page as it was read.
type answer struct {
	*source.Response

	doc     *document
	records []source.Record
	// total is the number of records that the answer states, if it does.
	total *int64
	// isLast is what the answer says of itself; nil where nobody asked.
	isLast *bool
}

// readAnswer reads what every kind of pagination needs of an answer.
func (s *httpSource) readAnswer(ctx context.Context, r *source.Response) (*answer, error) {
	a := &answer{Response: r, doc: newDocument(r.Body)}
	elements, err := s.elements(ctx, a)
	if err != nil {
		return nil, err
	}
	a.records = make([]source.Record, len(elements))
	for i, element := range elements {
		if a.records[i], err = s.identify(ctx, element); err != nil {
			return nil, a.cutOff(ctx, err)
		}
	}
	if a.total, err = s.readTotal(ctx, a); err != nil {
		return nil, err
	}
	if s.isLast != nil {
		a.isLast, err = a.readBool(ctx, "pagination.is_last", s.isLast)
	}
	return a, err
}

func (a *answer) saysLast() bool { return a.isLast != nil && *a.isLast }

// mustBeLast refuses an answer that says that more follows, and gives no way on.
func (a *answer) mustBeLast(missing string) error {
	if a.isLast != nil && !*a.isLast {
		return a.Invalid("no_way_on", "it has "+missing+", although it says that it is not the last page")
	}
	return nil
}

// read evaluates an expression that belongs to an option.
func (a *answer) read(ctx context.Context, option string, e *expression) (gjson.Result, error) {
	value, err := e.read(ctx, a.doc)
	switch {
	case err == nil:
		return value, nil
	case ctx.Err() != nil:
		return value, a.cutOff(ctx, err)
	}
	return value, a.Invalid("bad_"+option[strings.LastIndexByte(option, '.')+1:], option+": "+err.Error())
}

// cutOff says why a context ended while expressions were evaluated.
func (a *answer) cutOff(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errTooSlow) {
		return a.Refused(source.Configuration, "expression_too_slow", "answered, but "+errTooSlow.Error()+": make them simpler")
	}
	return err
}

func (a *answer) readBool(ctx context.Context, option string, e *expression) (*bool, error) {
	value, err := a.read(ctx, option, e)
	switch {
	case err != nil:
		return nil, err
	case !value.IsBool():
		return nil, a.Invalid("not_a_boolean", option+" is neither true nor false in it")
	}
	return new(value.Bool()), nil
}

func (a *answer) readNumber(ctx context.Context, option string, e *expression) (int64, error) {
	value, err := a.read(ctx, option, e)
	if err != nil {
		return 0, err
	}
	number, ok := wholeNumber(value)
	if !ok {
		return 0, a.Invalid("not_a_number", option+" is not a whole number in it")
	}
	return number, nil
}

// readTotal reads the total where it is stated: services leave it out of long
// listings.
func (s *httpSource) readTotal(ctx context.Context, a *answer) (*int64, error) {
	value := gjson.Result{}
	option := "pagination.total"
	switch {
	case s.total != nil:
		var err error
		if value, err = a.read(ctx, option, s.total); err != nil {
			return nil, err
		}
	case s.totalHeader != "":
		option = "the header " + s.totalHeader
		if text := a.Header.Get(s.totalHeader); text != "" {
			value = gjson.Result{Type: gjson.String, Str: strings.TrimSpace(text)}
		}
	}
	if value.Type == gjson.Null {
		return nil, nil //nolint:nilnil // no total is a usual answer, and no total is what Page.Total says by nil
	}
	total, ok := wholeNumber(value)
	if !ok || total < 0 {
		return nil, a.Invalid("not_a_number", option+" is not a count in it")
	}
	return &total, nil
}

// wholeNumber reads a count, which some services write as a text.
func wholeNumber(value gjson.Result) (int64, bool) {
	text := value.Str
	if isNumber(value) {
		text = value.Raw
		// jq's arithmetic may have made a float of it.
		if value.Num == math.Trunc(value.Num) && math.Abs(value.Num) < 1<<53 {
			return int64(value.Num), true
		}
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil
}

// isNothing reports whether a value says that there is none. Some services
// write an empty text or false for it.
func isNothing(value gjson.Result) bool {
	return value.Type == gjson.Null || value.Type == gjson.False || value.Type == gjson.String && value.Str == ""
}

func isText(value gjson.Result) bool { return value.Type == gjson.String }

func isNumber(value gjson.Result) bool { return value.Type == gjson.Number }
