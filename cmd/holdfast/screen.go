package main

import (
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"holdfast/internal/openapi"
)

// plainInterval is how often a line of progress is printed where there is no
// terminal; a change of state always is, and that the API answers again.
const plainInterval = 2 * time.Second

// fallbackWidth is for terminals that do not say how wide they are.
const fallbackWidth = 80

// screen is where progress goes.
type screen interface {
	// progress shows a job: another version of it, or once more the one that
	// is shown unless a note stands over it.
	progress(job *openapi.Job, changed bool)
	// note shows something about the connection.
	note(text string)
	// clear takes away what later output must not follow.
	clear()
}

// newScreen draws on stdout where that is a terminal which can go back in a
// line, prints lines elsewhere, and stays silent beside JSON. kind is $TERM.
func newScreen(stdout, stderr io.Writer, json bool, kind string) screen {
	file, ok := stdout.(*os.File)
	switch {
	case json:
		return &plain{notes: stderr, now: time.Now, silent: true}
	case ok && kind != "dumb" && term.IsTerminal(int(file.Fd())):
		return &terminal{out: file, width: func() int { return widthOf(file) }}
	}
	return &plain{out: stdout, notes: stderr, now: time.Now}
}

// results writes results in place of the progress that is drawn where they go.
type results struct {
	screen screen
	to     io.Writer
}

// Write clears the screen and writes.
func (r results) Write(p []byte) (int, error) {
	r.screen.clear()
	return r.to.Write(p)
}

func widthOf(file *os.File) int {
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return fallbackWidth
	}
	return width
}

// terminal redraws one line.
type terminal struct {
	out   io.Writer
	width func() int
	drawn bool
}

func (t *terminal) progress(job *openapi.Job, _ bool) { t.draw(bar(job)) }

func (t *terminal) note(text string) { t.draw(text) }

// draw writes over the line: back to its start, the text, and what is left of
// the older one erased. A line as wide as the terminal would wrap.
func (t *terminal) draw(text string) {
	if limit := t.width() - 1; utf8.RuneCountInString(text) > limit {
		text = string([]rune(text)[:max(0, limit)])
	}
	fmt.Fprintf(t.out, "\r%s\x1b[K", text)
	t.drawn = true
}

func (t *terminal) clear() {
	if t.drawn {
		fmt.Fprint(t.out, "\r\x1b[K")
	}
	t.drawn = false
}

// plain prints a line now and then.
type plain struct {
	out    io.Writer
	notes  io.Writer
	now    func() time.Time
	silent bool
	status openapi.JobStatus
	at     time.Time
	noted  bool
}

func (p *plain) progress(job *openapi.Job, changed bool) {
	now := p.now()
	news := p.noted || changed && (job.Status != p.status || now.Sub(p.at) >= plainInterval)
	p.noted = false
	if p.silent || finished(job) || !news {
		return
	}
	p.status, p.at = job.Status, now
	fmt.Fprintln(p.out, line(job))
}

// note says the same thing once.
func (p *plain) note(text string) {
	if !p.noted {
		fmt.Fprintln(p.notes, text)
	}
	p.noted = true
}

func (p *plain) clear() {}
