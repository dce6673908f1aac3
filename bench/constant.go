package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"holdfast/bench/stage"
)

// constantCommand makes this program a server that answers a constant, of the
// length of a job. It shows what HTTP itself costs: the same client, and a
// process of its own on the other side, as the API is one.
const constantCommand = "constant"

const constantReady = "constant ready"

// serveConstant answers until ctx is over.
func serveConstant(ctx context.Context, stderr io.Writer) error {
	body := []byte(`{"id":"` + strings.Repeat("0", 800) + `"}`)
	address, err := stage.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	if err != nil {
		return err
	}
	slog.New(slog.NewJSONHandler(stderr, nil)).InfoContext(ctx, constantReady, "listen", strings.TrimPrefix(address, "http://"))
	<-ctx.Done()
	return nil
}

// startConstant starts such a server.
func (b *bench) startConstant(ctx context.Context) (*stage.Program, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return stage.StartProgram(ctx, filepath.Join(b.folder, "constant.log"), constantReady, program, constantCommand)
}
