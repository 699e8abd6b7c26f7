// github.com/gin-contrib/cors on gin.
package main

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	common "crosscheck.example/go-common"
	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	common.Run(common.Library{
		Module:   "github.com/gin-contrib/cors",
		New:      application,
		Defaults: func() (common.Server, error) { return serve(engine(), cors.Default()) },
		Docs: func() (common.Server, error) {
			return serve(engine(), cors.New(cors.Config{
				AllowOrigins:     []string{"https://foo.com"},
				AllowMethods:     []string{"PUT", "PATCH"},
				AllowHeaders:     []string{"Origin"},
				ExposeHeaders:    []string{"Content-Length"},
				AllowCredentials: true,
				AllowOriginFunc:  func(origin string) bool { return origin == "https://github.com" },
				MaxAge:           12 * time.Hour,
			}))
		},
	})
}

func middleware(policy *common.Policy) gin.HandlerFunc {
	config := cors.Config{
		AllowAllOrigins:  policy.Origins.Any,
		AllowOriginFunc:  policy.Origins.Holds(),
		AllowMethods:     policy.Methods.List,
		AllowHeaders:     policy.Headers.List,
		ExposeHeaders:    policy.Expose.List,
		AllowCredentials: policy.Credentials,
	}
	allowPrivateNetwork(&config, policy.PrivateNetwork)
	switch {
	case policy.Origins.Any || config.AllowOriginFunc != nil:
	case len(policy.Origins.Regex) > 0:
		for _, expression := range policy.Origins.Regex {
			config.AllowOrigins = append(config.AllowOrigins, "/"+expression+"/")
		}
	default:
		config.AllowOrigins = policy.Origins.Listed()
		allowSchemes(&config, policy.Origins.List)
		config.AllowWildcard = len(policy.Origins.Under)+len(policy.Origins.Glob) > 0
	}
	if policy.MaxAge != nil {
		config.MaxAge = time.Duration(*policy.MaxAge) * time.Second
	}
	return cors.New(config)
}

// allowSchemes names the schemes of apps in the settings that releases since 1.7.3 have for them.
func allowSchemes(config *cors.Config, origins []string) {
	custom := reflect.ValueOf(config).Elem().FieldByName("CustomSchemas")
	for _, origin := range origins {
		scheme, _, _ := strings.Cut(origin, "://")
		if scheme != "http" && scheme != "https" && custom.IsValid() {
			custom.Set(reflect.Append(custom, reflect.ValueOf(scheme+"://")))
		}
	}
}

// engine is gin.Default() without its log.
func engine() *gin.Engine {
	made := gin.New()
	made.Use(gin.RecoveryWithWriter(io.Discard))
	return made
}

func application(policy *common.Policy) (common.Server, error) {
	made := engine()
	// A route gets the middleware that is registered before it, so these routes get only their own.
	for _, route := range policy.Routes {
		if route.Policy == nil {
			made.Any(route.Path, handle)
		} else {
			made.Any(route.Path, middleware(route.Policy), handle)
		}
	}
	return serve(made, middleware(policy))
}

// serve registers the application for requests without a route: a catch-all route cannot coexist with other routes, and routes accept
// only methods in upper case.
func serve(made *gin.Engine, middleware gin.HandlerFunc) (common.Server, error) {
	made.Use(middleware)
	made.NoRoute(handle)
	return common.HTTP(made)
}

func handle(c *gin.Context) {
	reply := common.Application(c.Request.Method, c.Request.URL.Path, c.GetHeader("Authorization") != "")
	reply.Write(c.Writer.Header())
	switch reply.Kind {
	case common.Missing:
		// Without a response from here, gin sends its own 404.
	case common.Thrown:
		panic("the handler failed")
	case common.Redirect:
		c.Redirect(http.StatusFound, "/")
	default:
		c.String(reply.Status, "%s", reply.Body)
	}
}
