// Package common is what the Go adapters share: the lines of the adapter protocol, the policy document, and the answers of
// the application behind every policy. What is left to an adapter is the configuration of its library.
package common

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Policy is a completed policy document.
type Policy struct {
	Origins        Origins `json:"origins"`
	Credentials    bool    `json:"credentials"`
	Methods        Names   `json:"methods"`
	Headers        Names   `json:"headers"`
	Expose         Names   `json:"expose"`
	MaxAge         *int    `json:"max_age"`
	PrivateNetwork bool    `json:"private_network"`
	Routes         []Route `json:"routes"`
}

// Origins are those that a policy lets in, written in one of several ways.
type Origins struct {
	Any       bool     `json:"any"`
	List      []string `json:"list"`
	Under     []Under  `json:"under"`
	Regex     []string `json:"regex"`
	Predicate string   `json:"predicate"`
}

// Under is every subdomain of a host.
type Under struct {
	Scheme string `json:"scheme"`
	Host   string `json:"host"`
	Port   *int   `json:"port"`
}

// Route is a path with a policy of its own, or with none.
type Route struct {
	Path   string  `json:"path"`
	Policy *Policy `json:"policy"`
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

// Or gives the list, or what the library calls any of them.
func (n Names) Or(anything string) []string {
	if n.Any {
		return []string{anything}
	}
	return n.List
}

// Listed gives the listed origins together with a `scheme://*.host` for each host whose subdomains are let in, or `*` alone:
// the notation that most Go libraries share.
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
	return listed
}

// Seconds gives the maximum age as those libraries read it that take 0 for unset and a negative number for 0.
func (p *Policy) Seconds() int {
	switch {
	case p.MaxAge == nil:
		return 0
	case *p.MaxAge == 0:
		return -1
	default:
		return *p.MaxAge
	}
}

var port = regexp.MustCompile(`:[0-9]+$`)

// Holds gives the policy's named function over an origin, nil where it has none.
func (o Origins) Holds() func(string) bool {
	if o.Predicate == "" {
		return nil
	}
	name, argument, _ := strings.Cut(o.Predicate, ":")
	return func(origin string) bool {
		if origin == "null" {
			return name == "always"
		}
		scheme, host, split := strings.Cut(origin, "://")
		host = port.ReplaceAllString(host, "")
		switch name {
		case "host-ends-with":
			return split && strings.HasSuffix(host, argument)
		case "host-equals":
			return split && host == argument
		case "scheme-is":
			return split && scheme == argument
		case "origin-in":
			return slices.Contains(strings.Split(argument, ","), origin)
		default:
			return name == "always"
		}
	}
}
