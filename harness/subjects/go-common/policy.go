// Package common is shared by the Go adapters: the adapter protocol, the policy document, and the responses of the application behind
// every policy. An adapter adds the configuration of its library.
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

// Origins are the allowed origins of a policy, in one of several notations.
type Origins struct {
	Any       bool     `json:"any"`
	List      []string `json:"list"`
	Under     []Under  `json:"under"`
	Glob      []string `json:"glob"`
	Regex     []string `json:"regex"`
	Predicate string   `json:"predicate"`
}

// Under is every subdomain of a host.
type Under struct {
	Scheme string `json:"scheme"`
	Host   string `json:"host"`
	Port   *int   `json:"port"`
}

// Route is a path with its own policy, or without one.
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

// Or returns the list, or the library's word for any.
func (n Names) Or(anything string) []string {
	if n.Any {
		return []string{anything}
	}
	return n.List
}

// Listed returns the listed origins, a `scheme://*.host` for each host whose subdomains are allowed, and the patterns; or `*` alone:
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
	return append(listed, o.Glob...)
}

// Seconds returns the maximum age for libraries that treat 0 as unset and a negative number as 0.
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

// Holds returns the policy's named predicate on an origin, nil if it has none.
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
