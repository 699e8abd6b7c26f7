module example.com/cors

go 1.23
