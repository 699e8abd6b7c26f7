// The CORS middleware of github.com/gofiber/fiber before 2.44, which has no function for origins.
package main

import (
	"errors"
	"net"
	"strings"

	common "crosscheck.example/go-common"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"
)

func main() {
	common.Run(common.Library{
		Module: "github.com/gofiber/fiber/v2",
		New:    application,
		Defaults: func() (common.Server, error) {
			return onTop(fiber.New(quiet()), cors.New())
		},
		Docs: func() (common.Server, error) {
			return onTop(fiber.New(quiet()), cors.New(cors.Config{
				AllowOrigins: "https://gofiber.io, https://gofiber.net",
				AllowHeaders: "Origin, Content-Type, Accept",
			}))
		},
	})
}

func quiet() fiber.Config {
	return fiber.Config{DisableStartupMessage: true}
}

func middleware(policy *common.Policy) fiber.Handler {
	joined := func(names []string) string { return strings.Join(names, ",") }
	return cors.New(cors.Config{
		AllowOrigins: joined(policy.Origins.Listed()),
		AllowMethods: joined(policy.Methods.List),
		// If it is empty, the middleware allows the requested names.
		AllowHeaders:     joined(policy.Headers.List),
		ExposeHeaders:    joined(policy.Expose.List),
		MaxAge:           policy.Seconds(),
		AllowCredentials: policy.Credentials,
	})
}

type server struct{ app *fiber.App }

func (s server) Serve(listener net.Listener) error { return s.app.Listener(listener) }

func onTop(app *fiber.App, middleware fiber.Handler) (common.Server, error) {
	app.Use(middleware)
	app.All("/*", handle)
	return server{app}, nil
}

func application(policy *common.Policy) (common.Server, error) {
	config := quiet()
	// A policy's routes are exact paths.
	config.CaseSensitive = true
	app := fiber.New(config)
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

func handle(c *fiber.Ctx) error {
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
		return c.Redirect("/", fiber.StatusFound)
	}
	return c.Status(reply.Status).SendString(reply.Body)
}
