package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"holdfast/bench/stage"
)

// outcome is what clients that send one request after the other reach.
type outcome struct {
	// rate is in requests a second, latencies are in milliseconds.
	rate      float64
	latencies []float64
}

// pgbench runs a script with Postgres' own load generator, prepared statements
// included.
func (b *bench) pgbench(ctx context.Context, database *stage.Database, script string, clients, transactions int) (outcome, error) {
	program, err := findPgbench()
	if err != nil {
		return outcome{}, err
	}
	folder, err := os.MkdirTemp(b.folder, "pgbench-")
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "script.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return outcome{}, err
	}
	command := exec.CommandContext(ctx, program, "-n", "-M", "prepared", "-f", file, //nolint:gosec // the system's own program
		"-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, 2)), "-t", strconv.Itoa(transactions/clients),
		"-l", "--log-prefix", filepath.Join(folder, "log"), database.URL)
	output, err := command.CombinedOutput()
	if err != nil {
		return outcome{}, fmt.Errorf("pgbench: %w: %s", err, output)
	}
	rate, err := parseRate(string(output))
	if err != nil {
		return outcome{}, err
	}
	latencies, err := readLatencies(folder)
	return outcome{rate: rate, latencies: latencies}, err
}

// findPgbench looks where the packages put it.
func findPgbench() (string, error) {
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return "", errors.New("pgbench is not installed: it comes with PostgreSQL's server or contrib package")
	}
	return found[len(found)-1], nil
}

var rateLine = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)

// parseRate finds the rate in what pgbench prints.
func parseRate(output string) (float64, error) {
	found := rateLine.FindStringSubmatch(output)
	if found == nil {
		return 0, fmt.Errorf("pgbench printed no rate: %s", output)
	}
	return strconv.ParseFloat(found[1], 64)
}

// readLatencies reads pgbench's logs of single transactions, as milliseconds.
func readLatencies(folder string) ([]float64, error) {
	logs, err := filepath.Glob(filepath.Join(folder, "log.*"))
	if err != nil {
		return nil, err
	}
	var latencies []float64
	for _, log := range logs {
		file, err := os.Open(log)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			micros, err := parseLatency(lines.Text())
			if err != nil {
				return nil, errors.Join(err, file.Close())
			}
			latencies = append(latencies, micros/1000)
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return nil, err
		}
	}
	return latencies, nil
}

// parseLatency reads a line "client transaction microseconds …".
func parseLatency(line string) (float64, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return 0, fmt.Errorf("pgbench logged %q, which has no latency", line)
	}
	return strconv.ParseFloat(fields[2], 64)
}
