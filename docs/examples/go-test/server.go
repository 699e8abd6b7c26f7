// A server with CORS in Go's standard library.
package main

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Policy is what the server is configured with.
type Policy struct {
	Origins     struct{ List []string }
	Credentials bool
	Methods     []string
	Headers     []string
	Expose      []string
	MaxAge      *int `json:"max_age"`
}

// cors is the code under test: it sets the CORS headers, and answers preflights.
func cors(policy Policy, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, headers := r.Header.Get("Origin"), w.Header()
		preflight := r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != ""
		headers.Add("Vary", "Origin")
		if slices.Contains(policy.Origins.List, origin) {
			headers.Set("Access-Control-Allow-Origin", origin)
			if policy.Credentials {
				headers.Set("Access-Control-Allow-Credentials", "true")
			}
			if preflight {
				headers.Set("Access-Control-Allow-Methods", strings.Join(policy.Methods, ", "))
				headers.Set("Access-Control-Allow-Headers", strings.Join(policy.Headers, ", "))
				if policy.MaxAge != nil {
					headers.Set("Access-Control-Max-Age", strconv.Itoa(*policy.MaxAge))
				}
			} else if len(policy.Expose) > 0 {
				headers.Set("Access-Control-Expose-Headers", strings.Join(policy.Expose, ", "))
			}
		}
		if preflight {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var status = regexp.MustCompile(`^/status/([0-9]{3})$`)

// application keeps the application contract of Crosscheck.
func application(w http.ResponseWriter, r *http.Request) {
	path, headers, code := r.URL.Path, w.Header(), http.StatusOK
	below, cached := strings.CutPrefix(path, "/cached")
	if cached = cached && (below == "" || below[0] == '/'); cached {
		path = below
	}
	if path == "/missing" || path == "/throw" {
		w.WriteHeader(map[string]int{"/missing": http.StatusNotFound, "/throw": http.StatusInternalServerError}[path])
		return
	}
	headers.Set("X-Hit", "1")
	headers.Set("X-Two", "v")
	if cached {
		headers.Set("Cache-Control", "public, max-age=60")
	} else {
		headers.Set("Set-Cookie", "s=1; Path=/")
	}
	switch {
	case path == "/auth" && r.Header.Get("Authorization") == "":
		code = http.StatusUnauthorized
	case path == "/redirect":
		headers.Set("Location", "/")
		code = http.StatusFound
	case path == "/options" && r.Method == http.MethodOptions:
		code = 299
	case path == "/vary":
		headers.Add("Vary", "Accept-Encoding")
	case path == "/acao":
		headers.Set("Access-Control-Allow-Origin", "https://own.example")
	case status.MatchString(path):
		code, _ = strconv.Atoi(status.FindStringSubmatch(path)[1])
	}
	w.WriteHeader(code)
	if code != http.StatusNoContent && code != http.StatusNotModified {
		_, _ = w.Write([]byte("ok"))
	}
}

// handler is the server with a policy.
func handler(document []byte) (http.Handler, error) {
	var policy Policy
	if err := json.Unmarshal(document, &policy); err != nil {
		return nil, err
	}
	return cors(policy, http.HandlerFunc(application)), nil
}

// main serves the policy in CROSSCHECK_POLICY, for `crosscheck run`. The test does not need it.
func main() {
	handler, err := handler([]byte(os.Getenv("CROSSCHECK_POLICY")))
	if err != nil {
		log.Print(err)
		os.Exit(65)
	}
	log.Fatal(http.ListenAndServe(net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")), handler))
}
