// The CORS middleware of github.com/gorilla/handlers around a net/http handler.
package main

import (
	"net/http"

	common "crosscheck.example/go-common"
	"github.com/gorilla/handlers"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/gorilla/handlers",
		New:      func(policy *common.Policy) (common.Server, error) { return common.ByRoute(policy, middleware) },
		Defaults: defaults,
		// The example of the documentation has no options either.
		Docs: defaults,
	})
}

func defaults() (common.Server, error) {
	return common.HTTP(handlers.CORS()(http.HandlerFunc(common.Handle)))
}

func middleware(policy *common.Policy) (func(http.Handler) http.Handler, error) {
	options := []handlers.CORSOption{
		handlers.AllowedMethods(policy.Methods.List),
		handlers.AllowedHeaders(policy.Headers.List),
		handlers.ExposedHeaders(policy.Expose.List),
	}
	if holds := policy.Origins.Holds(); holds != nil {
		options = append(options, handlers.AllowedOriginValidator(holds))
	} else {
		options = append(options, handlers.AllowedOrigins(policy.Origins.Listed()))
	}
	if policy.Credentials {
		options = append(options, handlers.AllowCredentials())
	}
	if policy.MaxAge != nil {
		options = append(options, handlers.MaxAge(*policy.MaxAge))
	}
	return handlers.CORS(options...), nil
}
