module crosscheck.example/fiber

go 1.21

require (
	crosscheck.example/go-common v0.0.0
	github.com/gofiber/fiber/v2 v2.42.0
)

replace crosscheck.example/go-common => ../go-common
