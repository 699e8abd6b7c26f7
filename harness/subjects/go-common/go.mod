module crosscheck.example/go-common

go 1.24
