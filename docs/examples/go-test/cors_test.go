package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// flags are what the server can be configured with. The cases of policies that need more are not applicable.
var flags = []string{"origins-list", "credentials", "methods-list", "headers-list", "expose-list", "max-age"}

// TestCORS replays the file of `crosscheck export 'policies/*' --output cases.json`.
func TestCORS(t *testing.T) {
	export, verdicts := read(t), map[string][]string{}
	for id, policy := range export.Policies {
		if slices.ContainsFunc(policy.Flags, func(flag string) bool { return !slices.Contains(flags, flag) }) {
			continue
		}
		handler, err := handler(policy.Document)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		listening := httptest.NewServer(handler)
		server := server{export, listening.Listener.Addr().String(), map[string]plain{}}
		for _, each := range export.Cases {
			if each.Policy == id {
				verdicts[each.ID] = []string{}
				for _, fetch := range each.Fetches {
					verdicts[each.ID] = append(verdicts[each.ID], server.replay(fetch)...)
				}
			}
		}
		listening.Close()
	}
	for id, failures := range verdicts {
		if len(failures) > 0 {
			t.Errorf("%s: %s", id, strings.Join(failures, "; "))
		}
	}
	t.Logf("%d of %d cases apply", len(verdicts), len(export.Cases))
	if file := os.Getenv("VERDICTS"); file != "" {
		text, _ := json.Marshal(verdicts)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

type server struct {
	export  Export
	address string
	plain   map[string]plain
}

// plain is what a requester gets without a preflight, and whether a shared cache may give it to others.
type plain struct {
	headers string
	shared  bool
}

// send sends a request as it is written; an http.Client would add headers. A response without a status is no answer.
func (s *server) send(request Request, headers [][]string) Response {
	text := fmt.Sprintf("%s %s HTTP/1.1\r\n", request.Method, request.Path)
	for _, header := range headers {
		text += header[0] + ": " + header[1] + "\r\n"
	}
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		return Response{}
	}
	defer connection.Close()
	_, _ = connection.Write([]byte(text + "\r\n" + request.Body))
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: request.Method})
	if err != nil {
		return Response{}
	}
	return Response{response.StatusCode, response.Header}
}

// replay sends the requests of a fetch, and returns what is wrong.
func (s *server) replay(fetch Fetch) (failures []string) {
	preflight, last, passes, response := "", "", false, Response{}
	for _, request := range fetch.Requests {
		redirects := slices.Contains([]int{301, 302, 303, 307, 308}, response.Status) && response.Header["Location"] != nil
		if request.SendIf == "passes" && !passes || request.SendIf == "redirects" && !(passes && redirects) {
			break
		}
		if response = s.send(request, request.Headers); response.Status == 0 {
			return append(failures, "no answer")
		}
		last, passes = request.Kind, true
		for _, check := range request.PassesIf {
			passes = passes && check.holds(response, false)
		}
		for _, check := range slices.Concat(s.export.ResponseChecks, request.Checks) {
			if !check.holds(response, passes) {
				failures = append(failures, check.Rule)
			}
		}
		if last == "preflight" {
			preflight = map[bool]string{true: "must-not", false: "must"}[passes]
		}
		if s.needsVary(request) {
			failures = append(failures, "vary")
		}
	}
	if preflight != "" && preflight == fetch.Expect.Preflight {
		if !fetch.Expect.Advice {
			failures = append(failures, "the preflight "+preflight+" pass")
		}
	} else if read := map[bool]string{true: "must-not", false: "must"}[passes]; last != "preflight" && read == fetch.Expect.Read {
		failures = append(failures, "the page "+read+" read the response")
	} else if last == "actual" && passes {
		failures = append(failures, s.names(fetch, response)...)
	}
	return failures
}

// names compares the response headers that the page reads.
func (s *server) names(fetch Fetch, response Response) (failures []string) {
	exposed := response.items("access-control-expose-headers", true)
	for name := range response.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "set-cookie") || slices.Contains(s.export.AlwaysReadable, name) {
			continue
		}
		reads := slices.Contains(exposed, name) || slices.Contains(exposed, "*") && !fetch.Credentials
		incidental := slices.Contains(s.export.Incidental, name) || name == "vary" || strings.HasPrefix(name, "access-control-")
		must := slices.Contains(fetch.Expect.MustRead.List, name) || fetch.Expect.MustRead.Any && !incidental
		if may := fetch.Expect.MayRead.Any || slices.Contains(fetch.Expect.MayRead.List, name); reads && !may || !reads && must {
			failures = append(failures, "the page reads "+name+": "+strconv.FormatBool(reads))
		}
	}
	return failures
}

// needsVary compares the requesters of a request with its origin.
func (s *server) needsVary(request Request) bool {
	var origin *string
	for _, header := range request.Headers {
		if strings.EqualFold(header[0], "origin") {
			origin = &header[1]
		}
	}
	return slices.ContainsFunc(request.Requesters, func(requester *string) bool {
		own, other := s.plainResponse(request, origin), s.plainResponse(request, requester)
		return own.headers != other.headers && (own.shared || other.shared)
	})
}

func (s *server) plainResponse(request Request, origin *string) plain {
	headers := slices.Clone(s.export.PlainHeaders)
	for _, header := range request.Headers {
		if header[0] == "Host" {
			headers = append(headers, header)
		}
	}
	if origin != nil {
		headers = append(headers, []string{"Origin", *origin})
	}
	key := fmt.Sprint(request.Method, request.Path, headers)
	if _, known := s.plain[key]; !known {
		request.Body = ""
		response := s.send(request, headers)
		seen := map[string][]string{}
		for name, values := range response.Header {
			if strings.HasPrefix(name, "Access-Control-") && strings.HasSuffix(name, "s") {
				values = slices.Sorted(slices.Values(response.items(name, false)))
			}
			if strings.HasPrefix(name, "Access-Control-") || name == "X-Hit" {
				seen[name] = values
			}
		}
		vary := response.items("vary", true)
		s.plain[key] = plain{fmt.Sprint(seen), response.isStored() && !slices.Contains(vary, "origin") && !slices.Contains(vary, "*")}
	}
	return s.plain[key]
}
