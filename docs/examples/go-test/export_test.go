package main

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Export is a file of `crosscheck export`. The reference of the format describes the keys.
type Export struct {
	Version        int        `json:"crosscheck_export"`
	ResponseChecks []Check    `json:"response_checks"`
	AlwaysReadable []string   `json:"always_readable"`
	Incidental     []string   `json:"incidental"`
	PlainHeaders   [][]string `json:"plain_headers"`
	Policies       map[string]struct {
		Document json.RawMessage
		Flags    []string
	}
	Cases []struct {
		ID, Policy string
		Fetches    []Fetch
	}
}

// Fetch is a fetch of a page.
type Fetch struct {
	Credentials bool
	Expect      struct {
		Preflight, Read string
		Advice          bool
		MustRead        Names `json:"must_read"`
		MayRead         Names `json:"may_read"`
	}
	Requests []Request
}

// Request is a request that a browser sends.
type Request struct {
	Kind, Method, Path, Body string
	SendIf                   string `json:"send_if"`
	Headers                  [][]string
	PassesIf                 []Check `json:"passes_if"`
	Checks                   []Check
	Requesters               []*string
}

// Check compares the status or one header of a response.
type Check struct {
	Rule, Header, Matches string
	Status                []int
	Equals, Lists         []string
	NotEquals             []string `json:"not_equals"`
	AtMost                *int     `json:"at_most"`
	Lines                 *int
	Absent                bool
	OrAbsent              bool   `json:"or_absent"`
	IgnoreCase            bool   `json:"ignore_case"`
	OnlyIfPasses          bool   `json:"only_if_passes"`
	OnlyIfStored          bool   `json:"only_if_stored"`
	OnlyWith              string `json:"only_with"`
}

// Names is a list of names, or the word `any`.
type Names struct {
	Any  bool
	List []string
}

// UnmarshalJSON reads both.
func (n *Names) UnmarshalJSON(text []byte) error {
	if n.Any = string(text) == `"any"`; n.Any {
		return nil
	}
	return json.Unmarshal(text, &n.List)
}

// Response is what a server answers.
type Response struct {
	Status int
	Header http.Header
}

// items are the members of a list.
func (r Response) items(name string, lower bool) (items []string) {
	text := strings.Join(r.Header.Values(name), ",")
	if lower {
		text = strings.ToLower(text)
	}
	for _, item := range strings.Split(text, ",") {
		if item = strings.Trim(item, " \t"); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// isStored is whether a shared cache may store the response.
func (r Response) isStored() bool {
	has := func(name string) bool {
		return slices.ContainsFunc(r.items("cache-control", true), func(item string) bool {
			return item == name || strings.HasPrefix(item, name+"=")
		})
	}
	byStatus := slices.Contains([]int{200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}, r.Status)
	return (byStatus || has("max-age") || has("s-maxage") || r.Header["Expires"] != nil) && !has("no-store") && !has("private")
}

// holds compares a response; passes is whether the request passes.
func (c Check) holds(r Response, passes bool) bool {
	if c.OnlyIfPasses && !passes || c.OnlyIfStored && !r.isStored() || c.OnlyWith != "" && r.Header.Values(c.OnlyWith) == nil {
		return true
	}
	if c.Status != nil {
		return c.Status[0] <= r.Status && r.Status <= c.Status[1]
	}
	lines := r.Header.Values(c.Header)
	if lines == nil || c.Absent {
		return lines == nil && (c.OrAbsent || c.Absent)
	}
	value := strings.Join(lines, ", ")
	number, err := strconv.Atoi(value)
	if err != nil {
		number = 5
	}
	isItem := func(item string) bool {
		return slices.ContainsFunc(c.Lists, func(one string) bool { return one == item || c.IgnoreCase && strings.EqualFold(one, item) })
	}
	return (c.Lines == nil || len(lines) <= *c.Lines) &&
		(c.Equals == nil || slices.Contains(c.Equals, value)) && !slices.Contains(c.NotEquals, value) &&
		(c.Matches == "" || regexp.MustCompile(c.Matches).MatchString(value)) && (c.AtMost == nil || number <= *c.AtMost) &&
		(c.Lists == nil || slices.ContainsFunc(r.items(c.Header, false), isItem))
}

// read reads the file that CASES names, or cases.json.
func read(t *testing.T) (export Export) {
	file := os.Getenv("CASES")
	if file == "" {
		file = "cases.json"
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &export)
	}
	if err != nil || export.Version != 1 {
		t.Fatalf("write the file with `crosscheck export 'policies/*' --output cases.json`: %v, version %d", err, export.Version)
	}
	return export
}
