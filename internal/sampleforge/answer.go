package sampleforge

import (
	"maps"
	"net/http"
	"strconv"
)

// answer is a response before it is sent. Bodies are made whole, so that a
// fault can cut them.
type answer struct {
	status int
	header http.Header
	body   []byte
	// isPage tells a page of a listing from other answers.
	isPage bool
	// cut ends the connection in the middle of the body.
	cut bool
}

func jsonAnswer(status int, body string) *answer {
	return &answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(body)}
}

// invalid is GitLab's answer to a bad parameter.
func invalid(message string) *answer {
	return jsonAnswer(http.StatusBadRequest, `{"error":"`+message+`"}`)
}

func unauthorized() *answer {
	return jsonAnswer(http.StatusUnauthorized, `{"message":"401 Unauthorized"}`)
}

func notFound(what string) *answer {
	return jsonAnswer(http.StatusNotFound, `{"message":"404 `+what+`Not Found"}`)
}

// send writes the answer. The length is stated even where the body is cut: a
// client can tell that it is short.
func (a *answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	body := a.body
	if a.cut {
		body = body[:len(body)/2]
	}
	// A client that has left needs no answer.
	_, _ = w.Write(body)
	if a.cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
