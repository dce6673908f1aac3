package schedule

import (
	"slices"
	"time"
)

// Kind names a fault.
type Kind string

// The faults of processes.
const (
	// KillAPI kills an API with SIGKILL.
	KillAPI Kind = "kill_api"
	// StopAPI stops an API with SIGSTOP and wakes it.
	StopAPI Kind = "stop_api"
	// KillWorker kills a worker with SIGKILL.
	KillWorker Kind = "kill_worker"
	// KillLeader kills the worker that River elected, found in river_leader.
	KillLeader Kind = "kill_leader"
	// KillAtCommit has a worker kill itself beside a commit.
	KillAtCommit Kind = "kill_at_commit"
	// StopWorker stops a worker with SIGSTOP past its leases and wakes it.
	StopWorker Kind = "stop_worker"
	// DrainWorker replaces a worker as a deployment does.
	DrainWorker Kind = "drain_worker"
)

// The faults of Postgres.
const (
	// CrashPostgres stops the server without a checkpoint, and starts it.
	CrashPostgres Kind = "crash_postgres"
	// KillBackend kills a session's server process with SIGKILL, which makes
	// Postgres restart all of them.
	KillBackend Kind = "kill_backend"
	// TerminateBackends ends sessions with pg_terminate_backend.
	TerminateBackends Kind = "terminate_backends"
	// LockProjects locks the table for less than lock_timeout.
	LockProjects Kind = "lock_projects"
	// LockProjectsLong locks it for more than lock_timeout.
	LockProjectsLong Kind = "lock_projects_long"
	// PinXmin keeps a snapshot open, so that no dead row can be cleaned up.
	PinXmin Kind = "pin_xmin"
	// ExhaustConnections takes every session that the server has left.
	ExhaustConnections Kind = "exhaust_connections"
	// ExhaustPool lets so many requests wait in one API that its pool runs dry.
	ExhaustPool Kind = "exhaust_pool"
	// FillDisk leaves no room on the disk of the data folder.
	FillDisk Kind = "fill_disk"
	// JumpClock sets the server's clock forward or back, and leaves it so.
	JumpClock Kind = "jump_clock"
)

// The faults between a process and Postgres.
const (
	// ResetBeforeCommit resets connections in place of sending their COMMIT.
	ResetBeforeCommit Kind = "reset_before_commit"
	// LoseCommitReply lets COMMITs through and resets the connection in place
	// of the reply.
	LoseCommitReply Kind = "lose_commit_reply"
	// ResetConnections resets all connections of a process.
	ResetConnections Kind = "reset_connections"
	// CutNetwork keeps all bytes of a process back, without a word, and lets
	// them through afterwards.
	CutNetwork Kind = "cut_network"
	// SlowNetwork delays every message of a process.
	SlowNetwork Kind = "slow_network"
	// LoseNotify drops notifications.
	LoseNotify Kind = "lose_notify"
	// DeliverTwice inserts a second River job with the arguments of another one.
	DeliverTwice Kind = "deliver_twice"
)

// The faults of sources.
const (
	// RateLimit answers 429.
	RateLimit Kind = "source_rate_limit"
	// ServerErrors answers 5xx.
	ServerErrors Kind = "source_5xx"
	// SignInPage answers 200 with HTML.
	SignInPage Kind = "source_html"
	// CutBody closes the connection in the middle of an answer.
	CutBody Kind = "source_cut_body"
	// Hang answers nothing at all.
	Hang Kind = "source_hang"
	// SlowSource answers late.
	SlowSource Kind = "source_slow"
	// LyingTotal states a total that is not true.
	LyingTotal Kind = "source_lying_total"
	// Outage leaves a part of the projects out, and answers 200.
	Outage Kind = "source_outage"
)

// lockTimeout is what Holdfast's sessions wait for a lock.
const lockTimeout = 5 * time.Second

// deck returns one round of cards. What is cheap and bites often is there twice.
func deck() []card {
	const second = time.Second
	cards := []card{
		{kind: KillAPI}, {StopAPI, 2 * second, 6 * second}, {kind: KillLeader}, {kind: KillAtCommit}, {kind: DrainWorker},
		{kind: KillBackend}, {LockProjects, second, lockTimeout - 2*second},
		{LockProjectsLong, lockTimeout + second, lockTimeout + 3*second}, {PinXmin, 5 * second, 15 * second},
		{kind: ResetConnections}, {SlowNetwork, 2 * second, 5 * second},
		{kind: LoseNotify}, {kind: RateLimit}, {kind: ServerErrors}, {kind: SignInPage}, {kind: CutBody},
		{kind: Hang}, {kind: SlowSource}, {kind: LyingTotal}, {Outage, 3 * second, 8 * second},
		{ExhaustConnections, 3 * second, 6 * second}, {ExhaustPool, 2 * second, lockTimeout - second},
		{FillDisk, 2 * second, 5 * second},
	}
	twice := []card{
		{kind: KillWorker}, {StopWorker, 6 * second, 10 * second}, {CrashPostgres, 0, 2 * second},
		{TerminateBackends, second, 3 * second}, {kind: ResetBeforeCommit}, {kind: LoseCommitReply},
		{CutNetwork, 6 * second, 10 * second}, {kind: DeliverTwice}, {kind: JumpClock},
	}
	return slices.Concat(cards, twice, twice)
}

// Kinds returns every kind once, in the order in which reports show them.
func Kinds() []Kind {
	return []Kind{
		KillAPI, StopAPI, KillWorker, KillLeader, KillAtCommit, StopWorker, DrainWorker,
		CrashPostgres, KillBackend, TerminateBackends, LockProjects, LockProjectsLong, PinXmin,
		ExhaustConnections, ExhaustPool, FillDisk, JumpClock,
		ResetBeforeCommit, LoseCommitReply, ResetConnections, CutNetwork, SlowNetwork, LoseNotify, DeliverTwice,
		RateLimit, ServerErrors, SignInPage, CutBody, Hang, SlowSource, LyingTotal, Outage,
	}
}
