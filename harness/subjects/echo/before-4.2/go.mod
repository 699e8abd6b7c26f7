module crosscheck.example/echo

go 1.21

require (
	crosscheck.example/go-common v0.0.0
	github.com/labstack/echo/v4 v4.1.17
)

replace crosscheck.example/go-common => ../go-common
