package stage

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"holdfast/internal/config"
	"holdfast/internal/source"
	"holdfast/internal/source/kinds"
)

// BuildSource builds a source from the text that would stand below "sources:",
// without any programs around it.
func BuildSource(folder, sources, name string) (source.Source, error) {
	file := filepath.Join(folder, name+".yaml")
	text := "database_url: postgres://nobody@localhost/none\nsources:\n" + sources
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return buildSource(file, name)
}

func buildSource(file, name string) (source.Source, error) {
	cfg, err := config.Load(file, os.Getenv, config.ForWorker, kinds.All())
	if err != nil {
		return nil, err
	}
	for i := range cfg.Sources {
		if cfg.Sources[i].Name == name {
			return cfg.Sources[i].Build(slog.New(slog.DiscardHandler))
		}
	}
	return nil, fmt.Errorf("no source %q in %s", name, file)
}
