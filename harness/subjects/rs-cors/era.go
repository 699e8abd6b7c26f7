package main

import "github.com/rs/cors"

// What these releases lack and later ones have: nothing.
var notYet []string

func allowPrivateNetwork(options *cors.Options, allowed bool) {
	options.AllowPrivateNetwork = allowed
}
