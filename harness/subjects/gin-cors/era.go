package main

import "github.com/gin-contrib/cors"

func allowPrivateNetwork(config *cors.Config, allowed bool) {
	config.AllowPrivateNetwork = allowed
}
