package common

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// Server is an application that can be served on a socket.
type Server interface {
	Serve(net.Listener) error
}

// Library is the part that each adapter provides.
type Library struct {
	// Module is the path of the library's module, from which the version is read.
	Module string
	// New configures the library. A panic is a refusal too: many libraries reject a configuration that way.
	New func(*Policy) (Server, error)
	// Defaults and Docs configure it without arguments, and as in the first example of its documentation.
	Defaults, Docs func() (Server, error)
}

type answer struct {
	Policy  string `json:"policy"`
	Ready   string `json:"ready,omitempty"`
	Refused string `json:"refused,omitempty"`
}

// refusal is the exit code in process mode of a program whose library rejects the policy.
const refusal = 65

// Run runs the adapter protocol until stdin ends. In process mode, it serves the policy of the environment.
func Run(library Library) {
	if document, found := os.LookupEnv("CROSSCHECK_POLICY"); found {
		library.serveAlone(os.Getenv("CROSSCHECK_POLICY_ID"), document)
	}
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil && len(line) == 0 {
		return
	}
	var request struct {
		Policies map[string]*Policy `json:"policies"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		fail(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	write := func(line any) {
		if err := out.Encode(line); err != nil {
			fail(err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(request.Policies)) {
		write(library.start(id, request.Policies[id]))
	}
	write(map[string]any{"done": true, "library": library.Module, "version": version(library.Module)})
	_, _ = io.Copy(io.Discard, in)
}

func (l Library) serveAlone(id, document string) {
	var policy *Policy
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		fail(err)
	}
	server, err := l.configure(id, policy)
	if err != nil {
		fmt.Fprint(os.Stderr, err)
		os.Exit(refusal)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fail(err)
	}
	fail(server.Serve(listener))
}

func (l Library) start(id string, policy *Policy) answer {
	answer := answer{Policy: id}
	server, err := l.configure(id, policy)
	if err != nil {
		answer.Refused = err.Error()
		return answer
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	go func() { fail(server.Serve(listener)) }()
	answer.Ready = "http://" + listener.Addr().String()
	return answer
}

func (l Library) configure(id string, policy *Policy) (server Server, err error) {
	defer func() {
		if words := recover(); words != nil {
			err = fmt.Errorf("%v", words)
		}
	}()
	switch {
	case policy != nil:
		return l.New(policy)
	case id == "docs":
		return l.Docs()
	default:
		return l.Defaults()
	}
}

// version returns the version of a module in this program.
func version(module string) string {
	if info, found := debug.ReadBuildInfo(); found {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return strings.TrimPrefix(dependency.Version, "v")
			}
		}
	}
	return "unknown"
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

type httpServer struct{ handler http.Handler }

func (s httpServer) Serve(listener net.Listener) error {
	return http.Serve(listener, s.handler)
}

// HTTP serves a net/http handler on a socket.
func HTTP(handler http.Handler) (Server, error) {
	return httpServer{handler}, nil
}

// ByRoute is the application with a middleware per path; wrap returns the middleware of a policy. A policy without routes covers all
// paths, as in the documentation of net/http libraries.
func ByRoute(policy *Policy, wrap func(*Policy) (func(http.Handler) http.Handler, error)) (Server, error) {
	outer, err := wrap(policy)
	if err != nil {
		return nil, err
	}
	application := http.HandlerFunc(Handle)
	if len(policy.Routes) == 0 {
		return HTTP(outer(application))
	}
	mux := http.NewServeMux()
	mux.Handle("/", outer(application))
	for _, route := range policy.Routes {
		if route.Policy == nil {
			mux.Handle(route.Path, application)
			continue
		}
		inner, err := wrap(route.Policy)
		if err != nil {
			return nil, err
		}
		mux.Handle(route.Path, inner(application))
	}
	return HTTP(mux)
}
