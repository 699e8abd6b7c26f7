module crosscheck.example/gorilla-handlers

go 1.24

require (
	crosscheck.example/go-common v0.0.0
	github.com/gorilla/handlers v1.5.2
)

require github.com/felixge/httpsnoop v1.0.3 // indirect

replace crosscheck.example/go-common => ../go-common
