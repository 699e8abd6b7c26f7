// github.com/go-chi/cors on a chi router.
package main

import (
	"net/http"

	common "crosscheck.example/go-common"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/go-chi/cors",
		New:      application,
		Defaults: func() (common.Server, error) { return onTop(cors.Options{}) },
		Docs: func() (common.Server, error) {
			return onTop(cors.Options{
				AllowedOrigins:   []string{"https://*", "http://*"},
				AllowedMethods:   []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"},
				AllowedHeaders:   []string{"Accept", "Authorization", "Content-Type", "X-CSRF-Token"},
				ExposedHeaders:   []string{"Link"},
				AllowCredentials: false,
				MaxAge:           300,
			})
		},
	})
}

func options(policy *common.Policy) cors.Options {
	options := cors.Options{
		AllowedOrigins:   policy.Origins.Listed(),
		AllowedMethods:   policy.Methods.List,
		AllowedHeaders:   policy.Headers.Or("*"),
		ExposedHeaders:   policy.Expose.List,
		AllowCredentials: policy.Credentials,
		MaxAge:           policy.Seconds(),
	}
	if holds := policy.Origins.Holds(); holds != nil {
		options.AllowOriginFunc = func(_ *http.Request, origin string) bool { return holds(origin) }
	}
	return options
}

func onTop(options cors.Options) (common.Server, error) {
	router := chi.NewRouter()
	// Since 1.1, cors.Handler is a shorter name for it.
	router.Use(cors.New(options).Handler)
	router.HandleFunc("/*", common.Handle)
	return common.HTTP(router)
}

func application(policy *common.Policy) (common.Server, error) {
	// The router responds with 405 to an unregistered method.
	for _, method := range policy.Methods.List {
		chi.RegisterMethod(method)
	}
	if len(policy.Routes) == 0 {
		return onTop(options(policy))
	}
	// Below the top the middleware needs routes that match OPTIONS; these match every method.
	router := chi.NewRouter()
	router.With(cors.New(options(policy)).Handler).HandleFunc("/*", common.Handle)
	for _, route := range policy.Routes {
		if route.Policy == nil {
			router.HandleFunc(route.Path, common.Handle)
		} else {
			router.With(cors.New(options(route.Policy)).Handler).HandleFunc(route.Path, common.Handle)
		}
	}
	return common.HTTP(router)
}
