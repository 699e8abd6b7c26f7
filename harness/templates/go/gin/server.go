// Gin with a CORS middleware. Crosscheck starts this program once per policy.
package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	Start(func(policy Policy) http.Handler {
		app := gin.New()
		app.Use(gin.RecoveryWithWriter(io.Discard))
		// Put your own middleware here, in place of cors.
		app.Use(cors.New(config(policy)))
		// A handler for requests without a route gets those of every method.
		app.NoRoute(handle)
		return app
	})
}

// config is the policy, as the configuration of the middleware.
func config(policy Policy) cors.Config {
	config := cors.Config{
		AllowAllOrigins:     policy.Origins.Any,
		AllowMethods:        policy.Methods.List,
		AllowHeaders:        policy.Headers.List,
		ExposeHeaders:       policy.Expose.List,
		AllowCredentials:    policy.Credentials,
		AllowPrivateNetwork: policy.PrivateNetwork,
	}
	if policy.MaxAge != nil {
		config.MaxAge = time.Duration(*policy.MaxAge) * time.Second
	}
	if policy.Origins.Any {
		return config
	}
	config.AllowOrigins = policy.Origins.Listed()
	config.AllowWildcard = len(policy.Origins.Under)+len(policy.Origins.Glob) > 0
	for _, expression := range policy.Origins.Regex {
		config.AllowOrigins = append(config.AllowOrigins, "/"+expression+"/")
	}
	for _, origin := range policy.Origins.List {
		// The schemes of apps have a setting of their own.
		if scheme, _, _ := strings.Cut(origin, "://"); scheme != "http" && scheme != "https" {
			config.CustomSchemas = append(config.CustomSchemas, scheme+"://")
		}
	}
	return config
}

// handle is the application.
func handle(c *gin.Context) {
	reply := Answer(c.Request, c.Writer.Header())
	switch reply.Kind {
	case Missing:
		// Gin sends its own 404.
	case Failed:
		panic("the handler failed")
	case Redirect:
		c.Redirect(http.StatusFound, "/")
	default:
		c.String(reply.Status, "%s", reply.Body)
	}
}
