package main

import (
	"fmt"
	"os"
)

// processor is what Linux has counted of the processors' time, in ticks; zero
// on other systems.
type processor struct{ busy, all float64 }

func processorTime() processor {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return processor{}
	}
	var user, nice, system, idle, ioWait, irq, softIRQ float64
	_, err = fmt.Sscanf(string(text), "cpu %f %f %f %f %f %f %f", &user, &nice, &system, &idle, &ioWait, &irq, &softIRQ)
	if err != nil {
		return processor{}
	}
	busy := user + nice + system + irq + softIRQ
	return processor{busy: busy, all: busy + idle + ioWait}
}

// share is the share of the processors' time since before that was not idle.
func (p processor) share(before processor) float64 {
	if p.all <= before.all {
		return 0
	}
	return (p.busy - before.busy) / (p.all - before.all)
}
