// net/http with github.com/rs/cors. Crosscheck starts this program once per policy.
package main

import (
	"net/http"

	"github.com/rs/cors"
)

func main() {
	Start(func(policy Policy) http.Handler {
		// Put your own middleware here, in place of cors.
		return cors.New(options(policy)).Handler(http.HandlerFunc(handle))
	})
}

// options is the policy, as the options of the middleware.
func options(policy Policy) cors.Options {
	return cors.Options{
		AllowedOrigins:      policy.Origins.Listed(),
		AllowedMethods:      policy.Methods.List,
		AllowedHeaders:      policy.Headers.Or("*"),
		ExposedHeaders:      policy.Expose.List,
		AllowCredentials:    policy.Credentials,
		MaxAge:              policy.Seconds(),
		AllowPrivateNetwork: policy.PrivateNetwork,
	}
}

// handle is the application.
func handle(w http.ResponseWriter, r *http.Request) {
	reply := Answer(r, w.Header())
	switch reply.Kind {
	case Missing:
		http.NotFound(w, r)
	case Failed:
		http.Error(w, "the handler failed", http.StatusInternalServerError)
	case Redirect:
		http.Redirect(w, r, "/", http.StatusFound)
	default:
		w.WriteHeader(reply.Status)
		if reply.HasBody() {
			_, _ = w.Write([]byte(reply.Body))
		}
	}
}
