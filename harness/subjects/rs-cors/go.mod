module crosscheck.example/rs-cors

go 1.24

require (
	crosscheck.example/go-common v0.0.0
	github.com/rs/cors v1.11.1
)

replace crosscheck.example/go-common => ../go-common
