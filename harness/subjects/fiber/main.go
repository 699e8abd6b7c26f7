// The CORS middleware of github.com/gofiber/fiber.
package main

import (
	"errors"
	"net"
	"slices"

	common "crosscheck.example/go-common"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cors"
)

func main() {
	common.Run(common.Library{
		Module:   "github.com/gofiber/fiber/v3",
		New:      application,
		Defaults: func() (common.Server, error) { return onTop(fiber.New(), cors.New()) },
		Docs: func() (common.Server, error) {
			return onTop(fiber.New(), cors.New(cors.Config{
				AllowOrigins: []string{"https://gofiber.io", "https://gofiber.net"},
				AllowHeaders: []string{"Origin", "Content-Type", "Accept"},
			}))
		},
	})
}

func middleware(policy *common.Policy) fiber.Handler {
	return cors.New(cors.Config{
		AllowOriginsFunc: policy.Origins.Holds(),
		AllowOrigins:     policy.Origins.Listed(),
		AllowMethods:     policy.Methods.List,
		// If it is empty, the middleware allows the requested names.
		AllowHeaders:        policy.Headers.List,
		ExposeHeaders:       policy.Expose.List,
		MaxAge:              policy.Seconds(),
		AllowCredentials:    policy.Credentials,
		AllowPrivateNetwork: policy.PrivateNetwork,
	})
}

type server struct{ app *fiber.App }

func (s server) Serve(listener net.Listener) error {
	return s.app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}

func onTop(app *fiber.App, middleware fiber.Handler) (common.Server, error) {
	app.Use(middleware)
	app.All("/*", handle)
	return server{app}, nil
}

func application(policy *common.Policy) (common.Server, error) {
	// The framework responds with 501 to an unregistered method.
	methods := slices.Clone(fiber.DefaultMethods)
	for _, method := range policy.Methods.List {
		if !slices.Contains(methods, method) {
			methods = append(methods, method)
		}
	}
	// A policy's routes are exact paths.
	app := fiber.New(fiber.Config{RequestMethods: methods, CaseSensitive: true})
	// The first matching route responds, so these come before the middleware for the other paths.
	for _, route := range policy.Routes {
		if route.Policy == nil {
			app.All(route.Path, handle)
		} else {
			app.All(route.Path, middleware(route.Policy), handle)
		}
	}
	return onTop(app, middleware(policy))
}

func handle(c fiber.Ctx) error {
	reply := common.Application(c.Method(), c.Path(), c.Get("Authorization") != "")
	for _, field := range reply.Header {
		if field[0] == fiber.HeaderVary {
			c.Vary(field[1])
		} else {
			c.Append(field[0], field[1])
		}
	}
	for _, field := range reply.Set {
		c.Set(field[0], field[1])
	}
	switch reply.Kind {
	case common.Missing:
		return fiber.ErrNotFound
	case common.Thrown:
		return errors.New("the handler failed")
	case common.Redirect:
		return c.Redirect().Status(fiber.StatusFound).To("/")
	}
	return c.Status(reply.Status).SendString(reply.Body)
}
