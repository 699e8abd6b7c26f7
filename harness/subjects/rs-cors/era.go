package main

import "github.com/rs/cors"

func allowPrivateNetwork(options *cors.Options, allowed bool) {
	options.AllowPrivateNetwork = allowed
}
