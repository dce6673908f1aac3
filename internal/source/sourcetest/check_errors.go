package sourcetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"holdfast/internal/source"
)

// meanings says what each fault must be understood as.
func meanings() map[Fault]source.Kind {
	return map[Fault]source.Kind{
		Unauthorized: source.Configuration,
		Forbidden:    source.Configuration,
		NotFound:     source.Configuration,
		WrongMethod:  source.Configuration,
		Gone:         source.Configuration,
		SignIn:       source.Configuration,
		Doorstep:     source.Configuration,
		Throttled:    source.RateLimit,
		ServerError:  source.Transient,
		Truncated:    source.Transient,
		Maintenance:  source.Contract,
		Null:         source.Contract,
		Repeat:       source.Contract,
	}
}

func checkErrors(t *testing.T, c Case) {
	t.Helper()
	for fault, kind := range meanings() {
		if fault != Repeat {
			t.Run(string(fault)+" at once", func(t *testing.T) {
				t.Parallel()
				checkFirstError(t, c, fault, kind)
			})
		}
		t.Run(string(fault)+" after a page", func(t *testing.T) {
			t.Parallel()
			checkLaterError(t, c, fault, kind)
		})
	}
}

func breakable(t *testing.T, c Case) *Service {
	t.Helper()
	service := start(t, c)
	if service.Break == nil {
		t.Skip("this case cannot break its service")
	}
	return service
}

func checkFirstError(t *testing.T, c Case, fault Fault, kind source.Kind) {
	t.Helper()
	service := breakable(t, c)
	src := service.New(t)
	service.Break(fault)
	l, err := plan(t.Context(), src)
	if err == nil {
		err = l.read(t.Context(), src, nil)
	}
	checkError(t, service, fault, kind, err)
}

// checkLaterError breaks the service after the first page, and then goes on
// where the listing stood, in a new source, once the service works again.
func checkLaterError(t *testing.T, c Case, fault Fault, kind source.Kind) {
	t.Helper()
	service := breakable(t, c)
	if service.Snapshot && fault == Repeat {
		t.Skip("one answer is the whole partition: given again it is right")
	}
	src := service.New(t)
	l := mustPlan(t, src)
	err := l.read(t.Context(), src, func() bool {
		service.Break(fault)
		return !service.Snapshot
	})
	if service.Snapshot && err == nil {
		err = l.read(t.Context(), service.New(t), nil)
	}
	checkError(t, service, fault, kind, err)
	if l.done() {
		t.Fatal("the listing came to an end that it cannot have seen")
	}
	service.Break(None)
	if err := l.read(t.Context(), service.New(t), nil); err != nil {
		t.Fatalf("after the service was repaired: %v", err)
	}
	l.same(t, service.Truth())
}

func checkError(t *testing.T, service *Service, fault Fault, kind source.Kind, err error) {
	t.Helper()
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		t.Fatalf("got %v, want a source.Error", err)
	}
	if e.Kind != kind {
		t.Errorf("got %s (%v), want %s", e.Kind, e, kind)
	}
	if e.Code == "" || e.Message == "" {
		t.Errorf("the error says too little: %+v", e)
	}
	if fault == Throttled && e.RetryAfter != ThrottledFor {
		t.Errorf("the service asks to wait %s, the error says %s", ThrottledFor, e.RetryAfter)
	}
	checkSample(t, e)
	if text := fmt.Sprintf("%v %s %s", err, e.Message, e.Sample); service.Secret != "" && strings.Contains(text, service.Secret) {
		t.Errorf("the error shows the credential: %s", text)
	}
}

func checkSample(t *testing.T, e *source.Error) {
	t.Helper()
	if len(e.Sample) > 512 || !utf8.ValidString(e.Sample) {
		t.Errorf("a sample of %d bytes, or no UTF-8: %q", len(e.Sample), e.Sample)
	}
	if e.Kind == source.Contract && e.Sample == "" {
		t.Error("no sample of what could not be read")
	}
}
