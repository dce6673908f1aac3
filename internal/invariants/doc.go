// Package invariants states what must hold in Holdfast's tables at every
// moment, whatever was killed, stopped or cut off before: the rules I1 to I12
// of docs/architecture.md, each as a query that returns the rows that break it.
// The end-to-end tests call it after everything they do; it can be pointed at
// any database that Holdfast works on, and only reads.
//
//   - [Check] looks once. What is relative to time, such as a job that nobody
//     carries, is measured against [TakeoverBound] by the database's clock.
//   - [CheckAnswered] and [CheckMirror] compare the tables with what only the
//     caller knows: the jobs it was promised, and the truth at the source.
//   - [Watch] looks again and again, and remembers: that a row never vanishes
//     (I7), that nothing commits under an old epoch (I9) and that a terminal
//     state is never left (I11) can only be seen by comparing two moments.
//
// I8 is for a source that stood still, I1 and I3 are for when faults have
// stopped and a worker lives.
package invariants
