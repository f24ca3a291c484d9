// Holds the namespaces of a pod: waits for the signal to end, and reaps the orphans of a shared process namespace.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Channels of their own: one that is full loses what comes, and a child must not displace the end.
	end, children := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		// Before the first signal, too: a child may have ended before we could hear of it.
		for reaped := 1; reaped > 0; {
			reaped, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
		select {
		case <-end:
			return
		case <-children:
		}
	}
}
