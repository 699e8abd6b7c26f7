// github.com/jub0bs/cors around a net/http handler.
package main

import (
	"net/http"

	common "crosscheck.example/go-common"
	"github.com/jub0bs/cors"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/jub0bs/cors",
		New:      func(policy *common.Policy) (common.Server, error) { return common.ByRoute(policy, middleware) },
		Defaults: func() (common.Server, error) { return serve(cors.Config{}) },
		Docs: func() (common.Server, error) {
			return serve(cors.Config{
				Origins:        []string{"https://example.com"},
				Methods:        []string{http.MethodGet, http.MethodPost},
				RequestHeaders: []string{"Authorization"},
			})
		},
	})
}

func middleware(policy *common.Policy) (func(http.Handler) http.Handler, error) {
	made, err := cors.NewMiddleware(cors.Config{
		Origins:         policy.Origins.Listed(),
		Credentialed:    policy.Credentials,
		Methods:         policy.Methods.Or("*"),
		RequestHeaders:  policy.Headers.Or("*"),
		MaxAgeInSeconds: policy.Seconds(),
		ResponseHeaders: policy.Expose.Or("*"),
	})
	if err != nil {
		return nil, err
	}
	return made.Wrap, nil
}

func serve(config cors.Config) (common.Server, error) {
	made, err := cors.NewMiddleware(config)
	if err != nil {
		return nil, err
	}
	return common.HTTP(made.Wrap(http.HandlerFunc(common.Handle)))
}
