module crosscheck.example/jub0bs-cors

go 1.24.0

require (
	crosscheck.example/go-common v0.0.0
	github.com/jub0bs/cors v0.10.0
)

require (
	golang.org/x/net v0.49.0 // indirect
	golang.org/x/text v0.33.0 // indirect
)

replace crosscheck.example/go-common => ../go-common
