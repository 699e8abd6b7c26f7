// github.com/rs/cors around a net/http handler.
package main

import (
	"net/http"

	common "crosscheck.example/go-common"
	"github.com/rs/cors"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/rs/cors",
		New:      func(policy *common.Policy) (common.Server, error) { return common.ByRoute(policy, middleware) },
		Defaults: defaults,
		// The documentation begins with the same call.
		Docs: defaults,
	})
}

func defaults() (common.Server, error) {
	return common.HTTP(cors.Default().Handler(http.HandlerFunc(common.Handle)))
}

func middleware(policy *common.Policy) (func(http.Handler) http.Handler, error) {
	options := cors.Options{
		AllowedOrigins:   policy.Origins.Listed(),
		AllowOriginFunc:  policy.Origins.Holds(),
		AllowedMethods:   policy.Methods.List,
		AllowedHeaders:   policy.Headers.Or("*"),
		ExposedHeaders:   policy.Expose.List,
		AllowCredentials: policy.Credentials,
		MaxAge:           policy.Seconds(),
	}
	allowPrivateNetwork(&options, policy.PrivateNetwork)
	return cors.New(options).Handler, nil
}
