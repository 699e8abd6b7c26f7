// The CORS middleware of github.com/labstack/echo.
package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	common "crosscheck.example/go-common"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/labstack/echo/v5",
		New:      application,
		Defaults: func() (common.Server, error) { return onTop(middleware.CORS()) },
		Docs: func() (common.Server, error) {
			return onTop(middleware.CORS("https://example.com", "http://example.com:8080"))
		},
	})
}

func cors(policy *common.Policy) (echo.MiddlewareFunc, error) {
	config := middleware.CORSConfig{
		AllowOrigins: policy.Origins.Listed(),
		AllowMethods: policy.Methods.List,
		// If it is empty, the middleware allows the requested names.
		AllowHeaders:     policy.Headers.List,
		AllowCredentials: policy.Credentials,
		ExposeHeaders:    policy.Expose.List,
		MaxAge:           policy.Seconds(),
	}
	if holds := policy.Origins.Holds(); holds != nil {
		config.UnsafeAllowOriginFunc = func(_ *echo.Context, origin string) (string, bool, error) {
			return origin, holds(origin), nil
		}
	}
	return config.ToMiddleware()
}

func instance() *echo.Echo {
	made := echo.New()
	made.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	return made
}

func onTop(middleware echo.MiddlewareFunc) (common.Server, error) {
	made := instance()
	made.Use(middleware)
	made.Any("/*", handle)
	return common.HTTP(made)
}

func application(policy *common.Policy) (common.Server, error) {
	outer, err := cors(policy)
	if err != nil {
		return nil, err
	}
	if len(policy.Routes) == 0 {
		return onTop(outer)
	}
	made := instance()
	made.Any("/*", handle, outer)
	for _, route := range policy.Routes {
		if route.Policy == nil {
			made.Any(route.Path, handle)
			continue
		}
		inner, err := cors(route.Policy)
		if err != nil {
			return nil, err
		}
		made.Any(route.Path, handle, inner)
	}
	return common.HTTP(made)
}

func handle(c *echo.Context) error {
	request := c.Request()
	reply := common.Application(request.Method, request.URL.Path, request.Header.Get("Authorization") != "")
	reply.Write(c.Response().Header())
	switch reply.Kind {
	case common.Missing:
		return echo.ErrNotFound
	case common.Thrown:
		return errors.New("the handler failed")
	case common.Redirect:
		return c.Redirect(http.StatusFound, "/")
	}
	if !reply.HasBody() {
		return c.NoContent(reply.Status)
	}
	return c.String(reply.Status, reply.Body)
}
