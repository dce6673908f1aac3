package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/source"
)

// Deployment is Holdfast as a user runs it: the built programs with a
// configuration file, on a database.
type Deployment struct {
	config  string
	api     *process
	worker  *process
	address string
	client  *Client
}

// Plan is what a deployment consists of.
type Plan struct {
	// Programs is the folder of the built programs, Folder one for files.
	Programs, Folder string
	Database         *Database
	// Sources is the text below "sources:" in the configuration.
	Sources string
	// WithoutWorker leaves jobs queued.
	WithoutWorker bool
}

// Deploy starts the programs.
func Deploy(ctx context.Context, plan Plan) (*Deployment, error) {
	if err := os.MkdirAll(plan.Folder, 0o750); err != nil {
		return nil, err
	}
	d := &Deployment{config: filepath.Join(plan.Folder, "holdfast.yaml")}
	if err := os.WriteFile(d.config, []byte(configuration(plan)), 0o600); err != nil {
		return nil, err
	}
	var err error
	var line map[string]any
	d.api, line, err = startProcess(ctx, filepath.Join(plan.Folder, "api.log"), "api ready",
		filepath.Join(plan.Programs, "holdfast-api"), "serve", "--config", d.config)
	if err != nil {
		return nil, err
	}
	d.address, _ = line["listen"].(string)
	if !plan.WithoutWorker {
		d.worker, _, err = startProcess(ctx, filepath.Join(plan.Folder, "worker.log"), "worker ready",
			filepath.Join(plan.Programs, "holdfast-worker"), "--config", d.config)
	}
	if err == nil {
		d.client, err = d.Dial(ctx)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// configuration leaves everything at its default but what would get in the way:
// the ports, and the limit of POSTs that one caller may send.
func configuration(plan Plan) string {
	return fmt.Sprintf("database_url: %q\nlog:\n  format: json\napi:\n  listen: 127.0.0.1:0\n  rate_limit: 0\n"+
		"worker:\n  admin_listen: 127.0.0.1:0\nsources:\n%s", plan.Database.URL, plan.Sources)
}

// Close stops the programs.
func (d *Deployment) Close() {
	if d.client != nil {
		d.client.Close()
	}
	for _, p := range []*process{d.api, d.worker} {
		if p != nil {
			p.stop()
		}
	}
}

// Dial opens one more connection to the API.
func (d *Deployment) Dial(ctx context.Context) (*Client, error) { return Dial(ctx, d.address) }

// Source builds a source of the configuration in this process, to read from it
// what a worker reads.
func (d *Deployment) Source(name string) (source.Source, error) { return buildSource(d.config, name) }

// Sync brings a source into the table: it POSTs, and polls until the job has
// succeeded.
func (d *Deployment) Sync(ctx context.Context, name string) (openapi.Job, error) {
	var started openapi.StartedJobs
	if err := d.call(ctx, http.MethodPost, "/api/v1/sync/projects", `{"source":"`+name+`"}`, &started); err != nil {
		return openapi.Job{}, err
	}
	job := started.Jobs[0]
	for job.FinishedAt == nil {
		if err := d.call(ctx, http.MethodGet, "/api/v1/sync/jobs/"+job.ID+"?wait=25s", "", &job); err != nil {
			return job, err
		}
	}
	if job.Status != "succeeded" {
		return job, fmt.Errorf("the sync of %q has %s: %s", name, job.Status, jobError(&job))
	}
	return job, nil
}

// Took is the time from the acceptance of a job to its end, by the database's clock.
func Took(job *openapi.Job) time.Duration { return job.FinishedAt.Sub(job.CreatedAt) }

func jobError(job *openapi.Job) string {
	if job.Error == nil {
		return "no reason given"
	}
	return job.Error.Message
}

func (d *Deployment) call(ctx context.Context, method, path, body string, answer any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	status, text, err := d.client.Do(NewRequest(method, path, body))
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %d %s", method, path, status, text)
	}
	return json.Unmarshal(text, answer)
}

// WorkerMemory returns the most memory that the worker has had resident since
// its start, in bytes. Only Linux tells.
func (d *Deployment) WorkerMemory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.worker.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kib); err == nil {
			return kib * 1024, nil
		}
	}
	return 0, errors.New("this system does not tell the resident memory of a process")
}
