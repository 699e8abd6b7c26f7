module crosscheck.example/chi-cors

go 1.24

require (
	crosscheck.example/go-common v0.0.0
	github.com/go-chi/chi/v5 v5.5.0
	github.com/go-chi/cors v1.2.2
)

replace crosscheck.example/go-common => ../go-common
