// Echo with its CORS middleware. Crosscheck starts this program once per policy.
package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

func main() {
	Start(func(policy Policy) http.Handler {
		cors, err := config(policy).ToMiddleware()
		if err != nil {
			// The library rejects the policy.
			panic(err)
		}
		app := echo.New()
		app.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		// Put your own middleware here, in place of cors.
		app.Use(cors)
		app.Any("/*", handle)
		return app
	})
}

// config is the policy, as the configuration of the middleware.
func config(policy Policy) middleware.CORSConfig {
	return middleware.CORSConfig{
		AllowOrigins: policy.Origins.Listed(),
		AllowMethods: policy.Methods.List,
		// If it is empty, the middleware allows the headers that are requested.
		AllowHeaders:     policy.Headers.List,
		AllowCredentials: policy.Credentials,
		ExposeHeaders:    policy.Expose.List,
		MaxAge:           policy.Seconds(),
	}
}

// handle is the application.
func handle(c *echo.Context) error {
	reply := Answer(c.Request(), c.Response().Header())
	switch reply.Kind {
	case Missing:
		return echo.ErrNotFound
	case Failed:
		return errors.New("the handler failed")
	case Redirect:
		return c.Redirect(http.StatusFound, "/")
	}
	if !reply.HasBody() {
		return c.NoContent(reply.Status)
	}
	return c.String(reply.Status, reply.Body)
}
