package history

import (
	"slices"
	"sync"
	"time"
)

// Recorder keeps the operations of all clients. It is safe for concurrent use.
type Recorder struct {
	mu         sync.Mutex
	operations []Operation
}

// Add keeps an operation of a client on a source that has been answered just
// now. It is to be called before the client does anything else that takes
// time: a later return allows more orders.
func (r *Recorder) Add(client, source string, call time.Time, event Event) {
	r.keep(Operation{Client: client, Source: source, Call: call, Return: time.Now(), Event: event})
}

// Lose keeps an operation, a LostPost or LostCancel, that may be carried out at
// any time after its call, or never.
func (r *Recorder) Lose(client, source string, call time.Time, event Event) {
	r.keep(Operation{Client: client, Source: source, Call: call, Event: event})
}

func (r *Recorder) keep(o Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operations = append(r.operations, o)
}

// Operations returns what was kept so far.
func (r *Recorder) Operations() []Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.operations)
}
