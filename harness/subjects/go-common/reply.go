package common

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Kind is the means by which a framework responds.
type Kind int

const (
	// Plain is a status and a body.
	Plain Kind = iota
	// Missing is the framework's own 404.
	Missing
	// Thrown is an error that the handler raises.
	Thrown
	// Redirect is a 302 to `/` by the framework's own means.
	Redirect
)

// Reply is the response of the application, independent of the framework.
type Reply struct {
	Kind   Kind
	Status int
	// Header are the fields that the application adds; Set are those that it sets.
	Header, Set [][2]string
	Body        string
}

var statusPath = regexp.MustCompile(`^/status/([2-9][0-9]{2})$`)

// Application returns the response for a path that every subject serves.
func Application(method, path string, authorized bool) Reply {
	below, cached := path, false
	if rest, found := strings.CutPrefix(path, "/cached"); found && (rest == "" || rest[0] == '/') {
		below, cached = rest, true
	}
	switch below {
	case "/missing":
		return Reply{Kind: Missing}
	case "/throw":
		return Reply{Kind: Thrown}
	}
	reply := Reply{Status: http.StatusOK, Body: "ok", Set: [][2]string{{"X-Hit", "1"}, {"X-Two", "v"}}}
	if cached {
		reply.Set = append(reply.Set, [2]string{"Cache-Control", "public, max-age=60"})
	} else {
		reply.Header = append(reply.Header, [2]string{"Set-Cookie", "s=1; Path=/"})
	}
	switch {
	case below == "/auth" && !authorized:
		reply.Status, reply.Body = http.StatusUnauthorized, "who are you"
		reply.Set = append(reply.Set, [2]string{"WWW-Authenticate", `Basic realm="crosscheck"`})
	case below == "/redirect":
		reply.Kind = Redirect
	case below == "/options" && method == http.MethodOptions:
		reply.Status, reply.Body = 299, "own"
	case below == "/vary":
		reply.Header = append(reply.Header, [2]string{"Vary", "Accept-Encoding"})
	case below == "/acao":
		reply.Set = append(reply.Set, [2]string{"Access-Control-Allow-Origin", "https://own.example"})
	default:
		if match := statusPath.FindStringSubmatch(below); match != nil {
			reply.Status, _ = strconv.Atoi(match[1])
		}
	}
	return reply
}

// HasBody reports whether a response with this status may have a body.
func (r Reply) HasBody() bool {
	return r.Status != http.StatusNoContent && r.Status != http.StatusNotModified
}

// Handle is the application as a net/http handler. Such a handler has no error to return; http.Error is how it reports one.
func Handle(w http.ResponseWriter, r *http.Request) {
	reply := Application(r.Method, r.URL.Path, r.Header.Get("Authorization") != "")
	reply.Write(w.Header())
	switch reply.Kind {
	case Missing:
		http.NotFound(w, r)
	case Thrown:
		http.Error(w, "the handler failed", http.StatusInternalServerError)
	case Redirect:
		http.Redirect(w, r, "/", http.StatusFound)
	default:
		w.WriteHeader(reply.Status)
		if reply.HasBody() {
			_, _ = w.Write([]byte(reply.Body))
		}
	}
}

// Write adds the application's own fields to a response of net/http, or of a framework on top of it.
func (r Reply) Write(header http.Header) {
	for _, field := range r.Header {
		header.Add(field[0], field[1])
	}
	for _, field := range r.Set {
		header.Set(field[0], field[1])
	}
}
