package main

// The application that Crosscheck expects behind the middleware, and what Crosscheck passes to the process. No change is needed here.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Policy is the policy that the middleware must be configured with.
type Policy struct {
	Origins        Origins `json:"origins"`
	Credentials    bool    `json:"credentials"`
	Methods        Names   `json:"methods"`
	Headers        Names   `json:"headers"`
	Expose         Names   `json:"expose"`
	MaxAge         *int    `json:"max_age"`
	PrivateNetwork bool    `json:"private_network"`
}

// Origins are the allowed origins, in one of several notations.
type Origins struct {
	Any   bool     `json:"any"`
	List  []string `json:"list"`
	Under []struct {
		Scheme string `json:"scheme"`
		Host   string `json:"host"`
		Port   *int   `json:"port"`
	} `json:"under"`
	Glob  []string `json:"glob"`
	Regex []string `json:"regex"`
}

// Listed returns `*`, or the listed origins and patterns, with `scheme://*.host` for all subdomains of a host.
func (o Origins) Listed() []string {
	if o.Any {
		return []string{"*"}
	}
	listed := slices.Clone(o.List)
	for _, under := range o.Under {
		pattern := under.Scheme + "://*." + under.Host
		if under.Port != nil {
			pattern += ":" + strconv.Itoa(*under.Port)
		}
		listed = append(listed, pattern)
	}
	return append(listed, o.Glob...)
}

// Names is a list, or the word `any`.
type Names struct {
	Any  bool
	List []string
}

// UnmarshalJSON reads either form.
func (n *Names) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte(`"any"`)) {
		*n = Names{Any: true}
		return nil
	}
	return json.Unmarshal(text, &n.List)
}

// Or returns the list, or the library's word for any.
func (n Names) Or(anything string) []string {
	if n.Any {
		return []string{anything}
	}
	return n.List
}

// Seconds returns the maximum age for libraries in which 0 is unset and a negative number is 0.
func (p Policy) Seconds() int {
	switch {
	case p.MaxAge == nil:
		return 0
	case *p.MaxAge == 0:
		return -1
	default:
		return *p.MaxAge
	}
}

// Start serves the handler that a function makes from the policy. If the function panics, the library rejects the policy.
func Start(configured func(Policy) http.Handler) {
	var policy Policy
	if err := json.Unmarshal([]byte(os.Getenv("CROSSCHECK_POLICY")), &policy); err != nil {
		fail(1, err)
	}
	handler := func() http.Handler {
		defer func() {
			if reason := recover(); reason != nil {
				fail(65, reason)
			}
		}()
		return configured(policy)
	}()
	fail(1, http.ListenAndServe(net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")), handler))
}

func fail(code int, reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(code)
}

// Kind is the means by which the framework responds.
type Kind int

const (
	// Plain is a status and a body.
	Plain Kind = iota
	// Missing is the framework's own 404.
	Missing
	// Failed is an error of the handler.
	Failed
	// Redirect is the framework's own 302 to `/`.
	Redirect
)

// Reply is the response of the application.
type Reply struct {
	Kind   Kind
	Status int
	Body   string
}

var statusPath = regexp.MustCompile(`^/status/([2-9][0-9]{2})$`)

// Answer returns the response to a request, and adds its headers.
func Answer(r *http.Request, header http.Header) Reply {
	below, cached := r.URL.Path, false
	if rest, found := strings.CutPrefix(below, "/cached"); found && (rest == "" || rest[0] == '/') {
		below, cached = rest, true
	}
	switch below {
	case "/missing":
		return Reply{Kind: Missing}
	case "/throw":
		return Reply{Kind: Failed}
	}
	header.Set("X-Hit", "1")
	header.Set("X-Two", "v")
	if cached {
		header.Set("Cache-Control", "public, max-age=60")
	} else {
		header.Add("Set-Cookie", "s=1; Path=/")
	}
	switch {
	case below == "/auth" && r.Header.Get("Authorization") == "":
		return Reply{Status: http.StatusUnauthorized, Body: "no credentials"}
	case below == "/redirect":
		return Reply{Kind: Redirect}
	case below == "/options" && r.Method == http.MethodOptions:
		return Reply{Status: 299, Body: "own"}
	case below == "/vary":
		header.Add("Vary", "Accept-Encoding")
	case below == "/acao":
		header.Set("Access-Control-Allow-Origin", "https://own.example")
	}
	if match := statusPath.FindStringSubmatch(below); match != nil {
		status, _ := strconv.Atoi(match[1])
		return Reply{Status: status, Body: "ok"}
	}
	return Reply{Status: http.StatusOK, Body: "ok"}
}

// HasBody reports whether a response with this status may have a body.
func (r Reply) HasBody() bool {
	return r.Status != http.StatusNoContent && r.Status != http.StatusNotModified
}
