package common

import (
	"slices"
	"strings"
)

var (
	safelistedMethods = []string{"GET", "HEAD", "POST"}
	safelistedHeaders = []string{"accept", "accept-language", "content-language", "content-type", "range"}
)

// needs are the capabilities that a policy asks of a library, by their names in subject.yaml.
func (p *Policy) needs() []string {
	var flags []string
	need := func(asked bool, flag string) {
		if asked && !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	null := func(origin string) bool { return origin == "null" }
	beyond := func(names, known []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(known, name) })
	}
	lower := make([]string, 0, len(p.Headers.List))
	for _, name := range p.Headers.List {
		lower = append(lower, strings.ToLower(name))
	}
	o := p.Origins
	need(o.Any, "origins-any")
	need(o.Any && p.Credentials, "any-credentials")
	need(slices.ContainsFunc(o.List, func(origin string) bool { return !null(origin) }), "origins-list")
	need(slices.ContainsFunc(o.List, null), "origins-null")
	need(len(o.Under) > 0, "origins-under")
	need(len(o.Under) > 0 && len(o.List) > 0, "origins-mixed")
	need(len(o.Regex) > 0, "origins-regex")
	need(o.Predicate != "", "origins-predicate")
	need(p.Credentials, "credentials")
	need(p.Methods.Any, "methods-any")
	need(beyond(p.Methods.List, safelistedMethods), "methods-list")
	need(p.Headers.Any, "headers-any")
	need(beyond(lower, safelistedHeaders), "headers-list")
	need(p.Expose.Any, "expose-any")
	need(len(p.Expose.List) > 0, "expose-list")
	need(p.MaxAge != nil && *p.MaxAge == 0, "max-age-zero")
	need(p.MaxAge != nil && *p.MaxAge != 0, "max-age")
	need(p.PrivateNetwork, "private-network")
	need(len(p.Routes) > 0, "routes")
	for _, route := range p.Routes {
		if route.Policy != nil {
			for _, flag := range route.Policy.needs() {
				need(true, flag)
			}
		}
	}
	return flags
}
