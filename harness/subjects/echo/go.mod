module crosscheck.example/echo

go 1.25.0

require crosscheck.example/go-common v0.0.0

require (
	github.com/labstack/echo/v5 v5.4.4
	golang.org/x/time v0.15.0 // indirect
)

replace crosscheck.example/go-common => ../go-common
