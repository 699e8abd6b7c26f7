module crosscheck.example/echo

go 1.21

require (
	crosscheck.example/go-common v0.0.0
	github.com/labstack/echo v3.3.10+incompatible
)

replace crosscheck.example/go-common => ../go-common
