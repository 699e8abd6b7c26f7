// The CORS middleware of github.com/labstack/echo before 4.2, which has no function for origins.
package main

import (
	"errors"
	"io"
	"net/http"

	common "crosscheck.example/go-common"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/labstack/echo/v4",
		New:      application,
		Defaults: func() (common.Server, error) { return onTop(middleware.CORS()) },
		Docs: func() (common.Server, error) {
			return onTop(middleware.CORSWithConfig(middleware.CORSConfig{
				AllowOrigins: []string{"https://labstack.com", "https://labstack.net"},
				AllowHeaders: []string{echo.HeaderOrigin, echo.HeaderContentType, echo.HeaderAccept},
			}))
		},
	})
}

func cors(policy *common.Policy) echo.MiddlewareFunc {
	return middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins: policy.Origins.Listed(),
		AllowMethods: policy.Methods.List,
		// If it is empty, the middleware allows the requested names.
		AllowHeaders:     policy.Headers.List,
		AllowCredentials: policy.Credentials,
		ExposeHeaders:    policy.Expose.List,
		MaxAge:           policy.Seconds(),
	})
}

func instance() *echo.Echo {
	made := echo.New()
	made.Logger.SetOutput(io.Discard)
	return made
}

func onTop(middleware echo.MiddlewareFunc) (common.Server, error) {
	made := instance()
	made.Use(middleware)
	made.Any("/*", handle)
	return common.HTTP(made)
}

func application(policy *common.Policy) (common.Server, error) {
	outer := cors(policy)
	if len(policy.Routes) == 0 {
		return onTop(outer)
	}
	made := instance()
	made.Any("/*", handle, outer)
	for _, route := range policy.Routes {
		if route.Policy == nil {
			made.Any(route.Path, handle)
		} else {
			made.Any(route.Path, handle, cors(route.Policy))
		}
	}
	return common.HTTP(made)
}

func handle(c echo.Context) error {
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
